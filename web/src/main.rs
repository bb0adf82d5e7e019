//! Mounts the planner into the page.

fn main() {
    std::panic::set_hook(Box::new(|info| {
        leptos::logging::error!("the planner stopped: {info}")
    }));
    leptos::mount::mount_to_body(flighting_web::App);
}

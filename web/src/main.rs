//! Mounts the planner into the page.

fn main() {
    std::panic::set_hook(Box::new(|info| {
        leptos::logging::error!("the planner stopped: {info}")
    }));
    // What index.html shows while this program is on its way.
    if let Some(shell) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("shell"))
    {
        shell.remove();
    }
    leptos::mount::mount_to_body(flighting_web::App);
}

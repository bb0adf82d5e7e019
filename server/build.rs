//! Tells cargo when the embedded page changed. Debug builds read the page while they run and are
//! left alone, so that building the page does not build the server.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let page = std::path::Path::new("../dist");
    // A path that is missing would make every build a new one. Where it cannot be made, the
    // server is built without the page.
    if page.is_dir() || std::fs::create_dir_all(page).is_ok() {
        println!("cargo:rerun-if-changed=../dist");
    }
}

//! The folder of the page, and telling cargo when what is in it changed.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // It has to be there when the server is compiled, or even a debug build, which reads the page
    // while it runs, would never find it. Where it cannot be made, the server is built without.
    let page = std::path::Path::new("../dist");
    let there = page.is_dir() || std::fs::create_dir_all(page).is_ok();
    // A release build embeds the page. A debug build is left alone, so that building the page
    // does not build the server; and a path that is missing would make every build a new one.
    if there && std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo:rerun-if-changed=../dist");
    }
}

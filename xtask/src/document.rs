//! index.html as the server carries it: its marks for trunk replaced by the files that were built.

use crate::run::{Done, failure};

/// The elements `<link data-trunk … />` of a page.
fn marks(page: &str) -> Vec<&str> {
    page.match_indices("<link")
        .filter_map(|(start, _)| {
            let link = page.get(start..)?;
            link.get(..link.find("/>")? + "/>".len())
        })
        .filter(|link| link.contains("data-trunk"))
        .collect()
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element
        .split_once(&format!("{name}=\""))?
        .1
        .split_once('"')
        .map(|(value, _)| value)
}

/// All style sheets of the page, in their order, as one.
pub fn style(page: &str, read: impl Fn(&str) -> Done<String>) -> Done<String> {
    let mut all = String::new();
    for mark in marks(page) {
        if attribute(mark, "rel") == Some("css") {
            let file = attribute(mark, "href")
                .ok_or_else(|| failure(format!("index.html: `{mark}` has no `href`")))?;
            all.push_str(&read(file)?);
        }
    }
    Ok(all)
}

/// The page with its style sheet, which starts what the script `opening` finds.
pub fn page(page: &str, style: &str, opening: &str) -> Done<String> {
    // Everything is asked for at once: the program's script would name the loader and the program only when
    // it has come itself.
    // A script that stands behind a style sheet waits for it.
    let start = format!(
        "<script>{opening}</script>\n    \
         <link rel=\"stylesheet\" href=\"/{style}\" />\n    \
         <script type=\"module\">const {{ default: init }} = await import(script); await init({{ module_or_path: program }});</script>"
    );
    let mut done = page.to_owned();
    let mut start = Some(start);
    for mark in marks(page) {
        let instead = match attribute(mark, "rel") {
            Some("css") => String::new(),
            Some("rust") => start.take().unwrap_or_default(),
            _ => {
                return Err(failure(format!(
                    "index.html: `{mark}` is neither a style sheet nor the program: xtask/src/document.rs has to know it"
                )));
            }
        };
        done = done.replacen(mark, &instead, 1);
    }
    if start.is_some() {
        return Err(failure(
            "index.html has no `<link data-trunk rel=\"rust\" … />`: the program has no place in it",
        ));
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n<link rel=\"icon\" href=\"data:,\" />\n\
        <link data-trunk rel=\"css\" href=\"a.css\" />\n<link data-trunk rel=\"css\" href=\"b.css\" />\n\
        <link\n  data-trunk\n  rel=\"rust\" />\n</head>";

    #[test]
    fn the_marks_become_the_files_in_their_places() {
        let done = super::page(PAGE, "s.css", "early()").unwrap();
        assert!(!done.contains("data-trunk"), "{done}");
        assert!(done.contains("<link rel=\"icon\""));
        for once in ["/s.css", "<script>early()</script>", "import(script)"] {
            assert_eq!(done.matches(once).count(), 1, "{once}");
        }
    }

    #[test]
    fn what_is_fetched_early_waits_for_no_style_sheet() {
        let done = super::page(PAGE, "s.css", "early()").unwrap();
        assert!(done.find("early()") < done.find("stylesheet"), "{done}");
    }

    #[test]
    fn style_sheets_become_one_in_their_order() {
        let one = style(PAGE, |file| Ok(format!("/* {file} */"))).unwrap();
        assert_eq!(one, "/* a.css *//* b.css */");
    }

    #[test]
    fn a_page_without_the_program_is_refused() {
        let page = "<link data-trunk rel=\"css\" href=\"a.css\" />";
        assert!(super::page(page, "", "").is_err());
        let page = "<link data-trunk rel=\"copy-dir\" href=\"x\" />";
        assert!(super::page(page, "", "").is_err());
    }
}

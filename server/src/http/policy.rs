//! What pages of ours may do in the browser: content security policies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// What the page may do: run its own files, WebAssembly, and exactly the inline scripts it came
/// with, and talk to nobody but this server.
pub(crate) fn policy(html: &str) -> String {
    let scripts: String = inline(html, "script")
        .iter()
        .map(|text| format!(" '{}'", digest(text)))
        .collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The digest of an inline script or style, as a policy names it.
pub(crate) fn digest(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

/// The texts of inline elements of a name, those with a `src` left out.
fn inline<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once(open.as_str()) {
        let Some((attributes, body)) = after.split_once('>') else {
            break;
        };
        let Some((text, behind)) = body.split_once(close.as_str()) else {
            break;
        };
        if !attributes
            .split_whitespace()
            .any(|attribute| attribute.starts_with("src="))
        {
            found.push(text);
        }
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_inline_scripts_by_their_digest() {
        let html = "<head><script type=\"module\">import a from '/a.js';</script><script src=\"/b.js\"></script></head>";
        let policy = policy(html);
        // `printf "import a from '/a.js';" | openssl dgst -sha256 -binary | base64`
        assert_eq!(inline(html, "script"), ["import a from '/a.js';"]);
        assert_eq!(policy.matches("sha256-").count(), 1);
        assert!(policy.contains(&digest("import a from '/a.js';")));
        assert!(
            policy.contains("'wasm-unsafe-eval'")
                && !policy.contains("script-src 'self' 'unsafe-inline'")
        );
    }
}

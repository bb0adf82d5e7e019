//! The text that is signed (RFC 9421, 2.5).

use axum::http::HeaderMap;

use super::field::{Bare, Params, write_inner};
use super::{SignatureRefusal, Target};

/// The value of a header: one line, or several joined as the RFC says. `None` where there is none
/// or it is no ASCII text.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    lines
        .map(|line| line.to_str().ok().map(|line| line.trim().to_owned()))
        .collect::<Option<Vec<_>>>()
        .map(|lines| lines.join(", "))
}

/// The text for covered components, one line each and the parameters last.
pub(super) fn signature_base(
    method: &str,
    target: &Target,
    headers: &HeaderMap,
    components: &[String],
    params: &Params,
) -> Result<String, SignatureRefusal> {
    let mut base = String::new();
    for component in components {
        let value = match component.as_str() {
            "@method" => method.to_owned(),
            "@target-uri" => target.uri.clone(),
            "@authority" => target.authority.clone(),
            derived if derived.starts_with('@') => {
                return Err(SignatureRefusal::ComponentsUnexpected);
            }
            field => header(headers, field).ok_or(SignatureRefusal::HeaderMalformed)?,
        };
        base.push_str(&format!("\"{component}\": {value}\n"));
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&written(components, params));
    Ok(base)
}

/// The list of components with its parameters, as it stands in Signature-Input.
pub(super) fn written(components: &[String], params: &Params) -> String {
    let items: Vec<_> = components
        .iter()
        .map(|component| (Bare::Text(component.clone()), Vec::new()))
        .collect();
    write_inner(&items, params)
}

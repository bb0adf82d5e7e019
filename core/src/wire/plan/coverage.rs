//! Which creative formats products take, and which still need a creative.

use super::Answer;
use super::read::format;
use crate::creative::Coverage;
use crate::wire::campaign::CreativeFormatsOut;
use crate::wire::json::Json;
use crate::wire::read::{Item, Reader};

/// The coverage of products by supplied formats. Products are a list of `{formats}`, or what a
/// selection answers; supplied is a list of `{agent_url, id}`.
///
/// # Errors
/// Every violation, paths below `products` and `supplied`.
pub fn creative_coverage(products: &Json, supplied: &Json) -> Answer<CreativeFormatsOut> {
    let mut reader = Reader::new();
    let mut taken = Vec::new();
    for item in Item::at(&mut reader, "products", products)
        .list(&mut reader, 0, super::MAX_PRODUCTS)
        .unwrap_or_default()
    {
        let formats = item.object(&mut reader).and_then(|mut fields| {
            fields
                .get(&mut reader, "formats")
                .required(&mut reader)?
                .each(&mut reader, 0, 200, format)
        });
        taken.push(formats.unwrap_or_default());
    }
    let supplied = Item::at(&mut reader, "supplied", supplied)
        .each(&mut reader, 0, 10_000, format)
        .unwrap_or_default();
    let (taken, supplied) = reader.finish(Some((taken, supplied)))?;
    Ok(Coverage::of(taken.iter().map(Vec::as_slice), &supplied).into())
}

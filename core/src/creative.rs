//! Creative formats: which ones the selected products take, and for which none is supplied.

use serde::{Deserialize, Serialize};

/// A creative format: the agent that defines it and its id there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormatId {
    /// Address of the agent that defines the format.
    pub agent_url: String,
    /// Its id at that agent.
    pub id: String,
}

/// Which formats products take, which are supplied, and which still need a creative.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Every format some product takes, each once, in the order of the products.
    pub required: Vec<FormatId>,
    /// Those of them that a creative is supplied in.
    pub covered: Vec<FormatId>,
    /// The formats of products that no supplied creative fits; supplying any one of a product's
    /// formats takes all of that product's away.
    pub missing: Vec<FormatId>,
}

impl Coverage {
    /// Compares what products take with what is supplied. A product needs a creative in at least
    /// one of its formats, not in all of them; a product that names none needs nothing.
    #[must_use]
    pub fn of<'a>(
        products: impl IntoIterator<Item = &'a [FormatId]>,
        supplied: &[FormatId],
    ) -> Self {
        let mut coverage = Self::default();
        for formats in products {
            let fits = formats.iter().any(|format| supplied.contains(format));
            for format in formats {
                add(&mut coverage.required, format);
                if supplied.contains(format) {
                    add(&mut coverage.covered, format);
                } else if !fits {
                    add(&mut coverage.missing, format);
                }
            }
        }
        coverage
    }

    /// Whether every product has a creative that fits.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

fn add(list: &mut Vec<FormatId>, format: &FormatId) {
    if !list.contains(format) {
        list.push(format.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(id: &str) -> FormatId {
        FormatId {
            agent_url: "https://formats.example".into(),
            id: id.into(),
        }
    }

    #[test]
    fn one_fitting_creative_is_enough_for_a_product() {
        let first = [format("banner"), format("video")];
        let second = [format("audio"), format("video")];
        let products = || [first.as_slice(), second.as_slice()];

        let none = Coverage::of(products(), &[]);
        assert_eq!(
            none.required,
            [format("banner"), format("video"), format("audio")]
        );
        assert_eq!(none.missing, none.required);

        let banner = Coverage::of(products(), &[format("banner")]);
        assert_eq!(banner.covered, [format("banner")]);
        assert_eq!(banner.missing, [format("audio"), format("video")]);

        let video = Coverage::of(products(), &[format("video")]);
        assert!(video.is_complete());
    }

    #[test]
    fn what_no_product_takes_covers_nothing() {
        let coverage = Coverage::of([[format("banner")].as_slice()], &[format("other")]);
        assert!(coverage.covered.is_empty());
        assert_eq!(coverage.missing, [format("banner")]);
    }
}

//! The packings that the page's files come in: made when the page was built, chosen by the browser.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Brotli,
    Gzip,
}

impl Packing {
    /// The smaller one first.
    pub(crate) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the name of a packed file ends in, after that of the plain one.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// Whether the browser takes it.
    pub(crate) fn is_accepted(self, headers: &HeaderMap) -> bool {
        headers
            .get(ACCEPT_ENCODING)
            .and_then(|given| given.to_str().ok())
            .is_some_and(|given| {
                given.split(',').any(|entry| {
                    let mut parts = entry.split(';').map(str::trim);
                    parts.next() == Some(self.as_str())
                        && !parts.any(|part| matches!(part, "q=0" | "q=0.0"))
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_chooses_the_packing() {
        let accepted = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, text.parse().unwrap());
            Packing::ALL.map(|packing| packing.is_accepted(&headers))
        };
        assert_eq!(accepted("gzip, deflate, br, zstd"), [true, true]);
        assert_eq!(accepted("gzip;q=1, br;q=0"), [false, true]);
        assert_eq!(accepted("identity"), [false, false]);
        assert!(!Packing::Gzip.is_accepted(&HeaderMap::new()));
    }
}

//! How bodies are compressed for browsers.

use std::io::Write;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Packing {
    Brotli,
    Gzip,
}

impl Packing {
    pub(crate) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Packs a body.
    pub(crate) fn pack(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let mut packed = Vec::new();
                let settings = brotli::enc::BrotliEncoderParams {
                    quality: 9,
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &bytes[..], &mut packed, &settings)?;
                Ok(packed)
            }
            Self::Gzip => {
                let mut encoder =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(bytes)?;
                encoder.finish()
            }
        }
    }

    /// The best packing that the browser takes; none when it refuses both.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let given = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
        let takes = |packing: &Self| {
            given.split(',').any(|entry| {
                let mut parts = entry.split(';').map(str::trim);
                parts.next() == Some(packing.as_str())
                    && !parts.any(|part| matches!(part, "q=0" | "q=0.0"))
            })
        };
        Self::ALL.into_iter().find(takes)
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
            Packing::accepted(&headers)
        };
        assert_eq!(accepted("gzip, deflate, br, zstd"), Some(Packing::Brotli));
        assert_eq!(accepted("gzip;q=1, br;q=0"), Some(Packing::Gzip));
        assert_eq!(accepted("identity"), None);
        assert_eq!(Packing::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let text = b"flighting ".repeat(500);
        let packed = Packing::Gzip.pack(&text).unwrap();
        let mut unpacked = Vec::new();
        std::io::copy(
            &mut flate2::read::GzDecoder::new(&packed[..]),
            &mut unpacked,
        )
        .unwrap();
        assert_eq!(unpacked, text);
        let packed = Packing::Brotli.pack(&text).unwrap();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        assert!(packed.len() < text.len() / 10);
    }
}

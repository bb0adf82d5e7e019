//! One text for one address, so that signer and verifier sign the same bytes whatever proxies and
//! libraries did to the spelling.

use std::net::Ipv6Addr;

/// An address that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address that begins with `https://` or `http://` and names a host")]
pub struct TargetMalformed;

/// An address in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The whole of it: no user, no fragment, no default port.
    pub uri: String,
    /// Host and port.
    pub authority: String,
}

impl Target {
    /// Reads an address: host in small letters and ASCII, one dot of the root and a default port
    /// left out, dot segments resolved, escapes in capitals and only where they are needed; the
    /// query stays byte for byte.
    ///
    /// # Errors
    /// [`TargetMalformed`].
    pub fn parse(url: &str) -> Result<Self, TargetMalformed> {
        let (scheme, rest) = url.split_once("://").ok_or(TargetMalformed)?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "https" | "http") {
            return Err(TargetMalformed);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let authority = canonical_authority(authority, &scheme)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let path = without_dot_segments(&escaped(path)?);
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Self {
            uri: format!("{scheme}://{authority}{path}{query}"),
            authority,
        })
    }

    /// Whether a `host` header names this authority.
    ///
    /// # Errors
    /// [`TargetMalformed`] when it names none.
    pub(super) fn is_host(&self, host: &str) -> Result<bool, TargetMalformed> {
        let scheme = self.uri.split(':').next().unwrap_or_default();
        if !host.is_ascii() || host.contains(['/', '?', '#', '@']) {
            return Err(TargetMalformed);
        }
        Ok(canonical_authority(host, scheme)? == self.authority)
    }
}

fn canonical_authority(text: &str, scheme: &str) -> Result<String, TargetMalformed> {
    let (host, port) = if let Some(inner) = text.strip_prefix('[') {
        let (address, after) = inner.split_once(']').ok_or(TargetMalformed)?;
        address.parse::<Ipv6Addr>().map_err(|_| TargetMalformed)?;
        let port = match after.strip_prefix(':') {
            Some(port) => port,
            None if after.is_empty() => "",
            None => return Err(TargetMalformed),
        };
        (format!("[{}]", address.to_ascii_lowercase()), port)
    } else {
        let (host, port) = text.split_once(':').unwrap_or((text, ""));
        if port.contains(':') {
            return Err(TargetMalformed);
        }
        (canonical_name(host)?, port)
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TargetMalformed);
    }
    let port = match port.trim_start_matches('0') {
        "" if port.is_empty() => None,
        port => Some(port.parse::<u16>().map_err(|_| TargetMalformed)?),
    };
    let default = if scheme == "https" { 443 } else { 80 };
    Ok(match port.filter(|port| *port != default) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

fn canonical_name(host: &str) -> Result<String, TargetMalformed> {
    let name = if host.is_ascii() {
        host.to_ascii_lowercase()
    } else {
        match url::Host::parse(host) {
            Ok(url::Host::Domain(name)) => name,
            Ok(_) | Err(_) => return Err(TargetMalformed),
        }
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    let fits = name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        });
    if fits {
        Ok(name.to_owned())
    } else {
        Err(TargetMalformed)
    }
}

/// A path with escapes in capitals, and none for characters that need none.
fn escaped(path: &str) -> Result<String, TargetMalformed> {
    let unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let mut out = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let code = if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
                return Err(TargetMalformed);
            };
            u8::try_from(high * 16 + low).map_err(|_| TargetMalformed)?
        } else if byte.is_ascii_graphic() {
            out.push(char::from(byte));
            continue;
        } else {
            byte
        };
        if unreserved(code) {
            out.push(char::from(code));
        } else {
            out.push_str(&format!("%{code:02X}"));
        }
    }
    Ok(out)
}

/// RFC 3986, 5.2.4, for an absolute path; an empty one is the root.
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_in_folder = false;
    for segment in path.split('/').skip(1) {
        ends_in_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let mut out = String::new();
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if ends_in_folder || out.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_folder_stays_a_folder() {
        for (url, uri) in [
            ("https://a.example/b/..", "https://a.example/"),
            ("https://a.example/b/.", "https://a.example/b/"),
            ("https://a.example/%2e%2e/x", "https://a.example/x"),
            ("http://a.example:0443/", "http://a.example:443/"),
            ("https://a.example:/", "https://a.example/"),
        ] {
            assert_eq!(Target::parse(url).unwrap().uri, uri, "{url}");
        }
        for url in [
            "ftp://a.example/",
            "https://a b/",
            "https://a.example/%2",
            "https://a:99999/",
            "https://a:x/",
        ] {
            assert_eq!(Target::parse(url), Err(TargetMalformed), "{url}");
        }
    }

    proptest! {
        #[test]
        fn the_one_spelling_is_its_own(url in "https://[a-z.\\[\\]:0-9@]{0,20}[/a-z%0-9A-F.?#]{0,40}") {
            if let Ok(target) = Target::parse(&url) {
                prop_assert_eq!(Target::parse(&target.uri), Ok(target));
            }
        }
    }
}

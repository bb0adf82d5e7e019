//! Which addresses we may connect to. Sellers' and webhooks' addresses are chosen by others, so
//! each is judged twice: the URL before anything happens, and every address a name resolves to.
//! Pure functions only; [`crate::adcp::guard`] is the client that obeys them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What kind of network an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Reachable by everybody.
    Public,
    /// Private, shared (carrier NAT), unique local or loopback: allowed by
    /// `--allow-private-addresses` only (decision 32).
    Private,
    /// Never a seller: link-local, cloud metadata, multicast, unspecified, documentation,
    /// benchmarking, reserved, and IPv6 forms that carry an IPv4 address inside.
    Never,
}

/// Cloud metadata services that live inside otherwise private ranges.
const METADATA_V4: [Ipv4Addr; 2] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

/// The network of an address.
#[must_use]
pub fn network_of(address: IpAddr) -> Network {
    match address {
        IpAddr::V4(v4) => network_of_v4(v4),
        IpAddr::V6(v6) => network_of_v6(v6),
    }
}

fn network_of_v4(address: Ipv4Addr) -> Network {
    if METADATA_V4.contains(&address) {
        return Network::Never;
    }
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (10 | 127, _, _) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => {
            Network::Private
        }
        (0 | 224..=255, _, _)
        | (169, 254, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113) => Network::Never,
        _ => Network::Public,
    }
}

fn network_of_v6(address: Ipv6Addr) -> Network {
    if METADATA_V6.contains(&address) {
        return Network::Never;
    }
    if address.is_loopback() {
        return Network::Private;
    }
    let segments = address.segments();
    match (segments[0], segments[1]) {
        // Unique local, fc00::/7.
        (0xfc00..=0xfdff, _) => Network::Private,
        // Special purpose 2001::/23 (Teredo, benchmarking, ORCHID), documentation, 6to4.
        (0x2001, 0x0000..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0x0000..=0x0fff) => {
            Network::Never
        }
        // The only global unicast block, 2000::/3.
        (0x2000..=0x3fff, _) => Network::Public,
        // All the rest: mapped, compatible, NAT64, discard, link-local, site-local, multicast.
        _ => Network::Never,
    }
}

/// Why we do not connect to an address. Nothing left us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefusal {
    /// The text is no absolute URL, or holds characters that parsers disagree about.
    #[error("expected an absolute http or https address, got `{0}`")]
    NotAUrl(String),
    /// Another scheme than http and https.
    #[error("expected http or https, got `{0}`")]
    Scheme(String),
    /// Plain http without permission for private addresses.
    #[error("expected https, got http for `{0}`")]
    PlainHttp(String),
    /// User or password inside the address.
    #[error("expected an address without user or password")]
    UserInfo,
    /// Port 0.
    #[error("expected a port above 0")]
    Port,
    /// A name that only means something inside a private network.
    #[error("expected a public host, got `{0}`")]
    LocalName(String),
    /// An address of a network that is not allowed.
    #[error("expected a public address, got {0}")]
    Address(IpAddr),
}

/// What the operator allows (decisions 30 and 32).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    allow_private: bool,
    allowed: BTreeSet<(String, u16)>,
}

/// How far the resolved addresses of an accepted URL may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only.
    Public,
    /// Public and private addresses.
    Private,
    /// Any address: the exact host and port were put on the list by us.
    Listed,
}

impl Reach {
    /// Whether an address lies within reach.
    #[must_use]
    pub fn covers(self, address: IpAddr) -> bool {
        match self {
            Self::Listed => true,
            Self::Private => network_of(address) != Network::Never,
            Self::Public => network_of(address) == Network::Public,
        }
    }
}

impl AddressPolicy {
    /// A policy: with `allow_private`, private and loopback addresses and plain http are allowed.
    #[must_use]
    pub fn new(allow_private: bool) -> Self {
        Self {
            allow_private,
            allowed: BTreeSet::new(),
        }
    }

    /// Allows one exact host and port, whatever network it is in, over http too.
    #[must_use]
    pub fn allowing(mut self, host: &str, port: u16) -> Self {
        self.allowed.insert((host.to_ascii_lowercase(), port));
        self
    }

    /// Reads and judges an address as it was typed.
    ///
    /// # Errors
    /// [`AddressRefusal`].
    pub fn parse(&self, text: &str) -> Result<Url, AddressRefusal> {
        let shown = || {
            AddressRefusal::NotAUrl(text.chars().filter(|c| !c.is_control()).take(200).collect())
        };
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return Err(shown());
        }
        let url = Url::parse(text).map_err(|_| shown())?;
        self.judge(&url)?;
        Ok(url)
    }

    /// Judges a URL: scheme, user info, port, literal addresses and local names. Says how far
    /// the addresses its name resolves to may reach.
    ///
    /// # Errors
    /// [`AddressRefusal`].
    pub fn judge(&self, url: &Url) -> Result<Reach, AddressRefusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressRefusal::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressRefusal::UserInfo);
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(AddressRefusal::NotAUrl(
                url.as_str().chars().take(200).collect(),
            ));
        };
        if port == 0 {
            return Err(AddressRefusal::Port);
        }
        let host_text = url.host_str().unwrap_or_default().to_ascii_lowercase();
        if self.allowed.contains(&(host_text.clone(), port)) {
            return Ok(Reach::Listed);
        }
        let reach = if self.allow_private {
            Reach::Private
        } else {
            Reach::Public
        };
        match host {
            Host::Ipv4(v4) if !reach.covers(v4.into()) => Err(AddressRefusal::Address(v4.into())),
            Host::Ipv6(v6) if !reach.covers(v6.into()) => Err(AddressRefusal::Address(v6.into())),
            Host::Domain(_) if reach == Reach::Public && is_local_name(&host_text) => {
                Err(AddressRefusal::LocalName(host_text))
            }
            _ if reach == Reach::Public && url.scheme() == "http" => {
                Err(AddressRefusal::PlainHttp(host_text))
            }
            _ => Ok(reach),
        }
    }
}

/// Names of one label, and the suffixes that RFC 6761, 6762, 8375 and ICANN keep private.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let Some((_, last)) = host.rsplit_once('.') else {
        return true;
    };
    matches!(
        last,
        "localhost"
            | "local"
            | "internal"
            | "lan"
            | "intranet"
            | "corp"
            | "home"
            | "test"
            | "invalid"
            | "onion"
    ) || host.ends_with(".home.arpa")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refused by every policy without a list, with `allow_private` too.
    const NEVER: [&str; 52] = [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://169.254.0.1/",
        "https://0xa9fea9fe/",
        "https://2852039166/",
        "https://0251.0376.0251.0376/",
        "https://169.254.43518/",
        "https://100.100.100.200/",
        "https://192.0.0.192/",
        "https://0.0.0.0/",
        "https://0/",
        "https://0.1.2.3/",
        "https://192.0.0.1/",
        "https://192.0.2.10/",
        "https://198.51.100.7/",
        "https://203.0.113.9/",
        "https://192.88.99.1/",
        "https://198.18.0.1/",
        "https://198.19.255.255/",
        "https://224.0.0.1/",
        "https://239.255.255.250/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[::127.0.0.1]/",
        "https://[::10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:a00:1::1]/",
        "https://[2001::1]/",
        "https://[2001:0:53aa:64c:0:7fff:f5ff:fffe]/",
        "https://[2001:db8::1]/",
        "https://[3fff::1]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://[100::1]/",
        "https://[5f00::1]/",
        "https://[fd00:ec2::254]/",
        "ftp://seller.example/",
        "file:///etc/passwd",
        "gopher://seller.example:70/",
        "https://user@seller.example/",
        "https://user:password@seller.example/",
        "https://seller.example:0/",
        "https://seller.example\\@127.0.0.1/",
    ];

    /// Refused unless private addresses are allowed.
    const PRIVATE: [&str; 34] = [
        "https://127.0.0.1/",
        "http://127.0.0.1:3004/mcp",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://2130706433/",
        "https://127.255.255.254/",
        "https://10.0.0.1/",
        "https://10.255.255.255/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.168.0.1/",
        "https://192.168.1.1:8443/mcp",
        "https://100.64.0.1/",
        "https://100.127.255.255/",
        "https://[::1]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[fc00::1]/",
        "https://[fd12:3456:789a::1]/",
        "https://localhost/",
        "https://LOCALHOST/",
        "https://localhost./",
        "https://a.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://router.home.arpa/",
        "https://seller.lan/",
        "https://intranet/",
        "https://seller/mcp",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "http://seller.example/mcp",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
    ];

    const MALFORMED: [&str; 10] = [
        "",
        "seller.example",
        "/mcp",
        "//seller.example/",
        "https://",
        "https:// seller.example/",
        "https://seller.example/\r\nhost: x",
        "https://[::1/",
        "https://999.1.1.1/",
        "https://\u{0}seller.example/",
    ];

    const PUBLIC: [&str; 9] = [
        "https://seller.example/mcp",
        "https://seller.example:8443/mcp?tenant=1",
        "https://8.8.8.8/",
        "https://9.255.255.255/",
        "https://172.15.0.1/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://[2606:4700:4700::1111]/",
        "https://xn--bcher-kva.example/",
    ];

    #[test]
    fn hostile_addresses_are_refused_and_public_ones_are_not() {
        let strict = AddressPolicy::new(false);
        for text in NEVER.iter().chain(&PRIVATE).chain(&MALFORMED) {
            assert!(strict.parse(text).is_err(), "`{text}` was accepted");
        }
        for text in PUBLIC {
            assert!(strict.parse(text).is_ok(), "`{text}` was refused");
        }
    }

    #[test]
    fn permission_for_private_addresses_opens_nothing_else() {
        let private = AddressPolicy::new(true);
        for text in NEVER.iter().chain(&MALFORMED) {
            assert!(private.parse(text).is_err(), "`{text}` was accepted");
        }
        for text in PRIVATE.iter().chain(&PUBLIC) {
            assert!(private.parse(text).is_ok(), "`{text}` was refused");
        }
    }

    #[test]
    fn the_list_allows_one_host_and_one_port() {
        let policy = AddressPolicy::new(false)
            .allowing("127.0.0.1", 4500)
            .allowing("[::1]", 4501);
        assert!(policy.parse("http://127.0.0.1:4500/mcp").is_ok());
        assert!(policy.parse("http://[::1]:4501/mcp").is_ok());
        assert!(policy.parse("http://127.0.0.1:4501/mcp").is_err());
        assert!(policy.parse("http://127.0.0.2:4500/mcp").is_err());
        assert!(policy.parse("http://localhost:4500/mcp").is_err());
        assert!(policy.parse("http://user@127.0.0.1:4500/mcp").is_err());
        assert!(policy.parse("ftp://127.0.0.1:4500/mcp").is_err());
    }

    #[test]
    fn a_name_may_not_resolve_out_of_reach() {
        for (address, public, private) in [
            ("8.8.8.8", true, true),
            ("127.0.0.1", false, true),
            ("10.1.2.3", false, true),
            ("169.254.169.254", false, false),
            ("::1", false, true),
            ("::ffff:8.8.8.8", false, false),
            ("2606:4700::1", true, true),
            ("fe80::1", false, false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Reach::Public.covers(address), public, "{address}");
            assert_eq!(Reach::Private.covers(address), private, "{address}");
            assert!(Reach::Listed.covers(address));
        }
    }
}

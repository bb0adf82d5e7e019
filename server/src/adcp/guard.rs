//! The only HTTP client for addresses we did not choose: no redirects, no proxy, no retry, no
//! second look-up between check and connect, bodies and waiting limited.

use std::error::Error as StdError;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::address::{AddressPolicy, AddressRefusal, Reach};

/// The most bytes of one answer we read: 16 MiB, after decoding of the transfer, our choice.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// How long a connection may take to be made. Within it nothing has left us.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long an idle connection is kept for reads.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// Puts ring in place as the process's TLS provider, for other clients than this one. Does
/// nothing the second time.
pub fn install_tls() {
    // An error only says that a provider is there already.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// TLS over ring with the system's root certificates. Loading them takes long, so all clients of a
/// guard share one. On a system without any, https fails and http to allowed addresses works.
fn tls_config() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider));
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|_| rustls::ClientConfig::builder());
    match verifier {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "no root certificates: https to sales agents will fail");
            builder
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth()
        }
    }
}

/// Why a request has no complete answer. The first three mean that nothing of it left us.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The address is not allowed.
    #[error("{0}")]
    Refused(#[from] AddressRefusal),
    /// No connection came about: the name did not resolve, or nobody listens.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The deadline had passed before the request was begun.
    #[error("the deadline passed before the request was sent")]
    TooLate,
    /// The request was begun and its answer did not arrive whole.
    #[error("{0}")]
    Lost(String),
    /// The answer is larger than [`MAX_BODY_BYTES`].
    #[error("expected an answer of at most {limit} bytes, got more")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The answer holds more values than are read.
    #[error("expected an answer of at most {limit} values, got more")]
    TooManyValues {
        /// The limit.
        limit: usize,
    },
}

impl GuardError {
    /// Whether the request provably never left us.
    #[must_use]
    pub fn never_left(&self) -> bool {
        match self {
            Self::Refused(_) | Self::NoConnection(_) | Self::TooLate => true,
            Self::Lost(_) | Self::TooLarge { .. } | Self::TooManyValues { .. } => false,
        }
    }
}

/// One POST.
#[derive(Debug)]
pub struct Post<'a> {
    /// Where to; judged again at every call.
    pub url: &'a Url,
    /// Headers besides those of the connection.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// A connection of its own instead of an idle one. An idle connection that the other side
    /// closes at that moment leaves us not knowing whether the request arrived; what must not be
    /// doubled never rides on one.
    pub own_connection: bool,
    /// When we stop waiting.
    pub deadline: Instant,
}

/// One GET. What it asks for may be asked again, so an idle connection is good enough.
#[derive(Debug)]
pub struct Get<'a> {
    /// Where to; judged again at every call.
    pub url: &'a Url,
    /// Headers besides those of the connection.
    pub headers: HeaderMap,
    /// The most bytes of the answer we read; never more than the guard's own limit.
    pub max_body_bytes: usize,
    /// When we stop waiting.
    pub deadline: Instant,
}

/// The guarded client. Cheap to share behind an [`Arc`].
#[derive(Debug)]
pub struct Guard {
    policy: AddressPolicy,
    public: Lines,
    private: Lines,
    listed: Lines,
    max_body_bytes: usize,
}

/// Looks names up. The system's way is [`SystemNames`]; the guard judges whatever comes of it.
#[async_trait]
pub trait Names: Send + Sync + fmt::Debug {
    /// Every address of a name; ports are ignored.
    ///
    /// # Errors
    /// When it has none.
    async fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

#[derive(Debug)]
struct Lines {
    idle: Client,
    own: Client,
}

impl Lines {
    fn new(
        reach: Reach,
        tls: &rustls::ClientConfig,
        names: &Arc<dyn Names>,
    ) -> Result<Self, reqwest::Error> {
        let builder = |idle: usize| {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(concat!("flighting/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .no_proxy()
                .referer(false)
                .connect_timeout(CONNECT_LIMIT)
                .pool_idle_timeout(IDLE_LIMIT)
                .pool_max_idle_per_host(idle)
                .dns_resolver(Arc::new(Within {
                    reach,
                    names: Arc::clone(names),
                }))
                .build()
        };
        Ok(Self {
            idle: builder(4)?,
            own: builder(0)?,
        })
    }
}

impl Guard {
    /// A client under a policy.
    ///
    /// # Errors
    /// When the system offers no TLS.
    pub fn new(policy: AddressPolicy) -> Result<Self, reqwest::Error> {
        Self::with_names(policy, Arc::new(SystemNames))
    }

    /// A client under a policy that looks names up in a way of its own.
    ///
    /// # Errors
    /// As [`Guard::new`].
    pub fn with_names(
        policy: AddressPolicy,
        names: Arc<dyn Names>,
    ) -> Result<Self, reqwest::Error> {
        let tls = tls_config();
        Ok(Self {
            policy,
            public: Lines::new(Reach::Public, &tls, &names)?,
            private: Lines::new(Reach::Private, &tls, &names)?,
            listed: Lines::new(Reach::Listed, &tls, &names)?,
            max_body_bytes: MAX_BODY_BYTES,
        })
    }

    /// The same client with another limit for one answer, in bytes.
    #[must_use]
    pub fn with_max_body_bytes(mut self, limit: usize) -> Self {
        self.max_body_bytes = limit;
        self
    }

    /// The policy it obeys.
    #[must_use]
    pub fn policy(&self) -> &AddressPolicy {
        &self.policy
    }

    /// Sends once and waits for the head of the answer.
    ///
    /// # Errors
    /// [`GuardError`]; [`GuardError::never_left`] tells whether it may have arrived.
    pub async fn post(&self, post: Post<'_>) -> Result<Answer, GuardError> {
        let lines = self.lines(post.url, post.deadline)?;
        let client = if post.own_connection {
            &lines.own
        } else {
            &lines.idle
        };
        let request = client
            .post(post.url.clone())
            .headers(post.headers)
            .body(post.body);
        Self::send(request, self.max_body_bytes, post.deadline).await
    }

    /// Reads what stands at an address; waits for the head of the answer.
    ///
    /// # Errors
    /// As [`Guard::post`].
    pub async fn get(&self, get: Get<'_>) -> Result<Answer, GuardError> {
        let lines = self.lines(get.url, get.deadline)?;
        let request = lines.idle.get(get.url.clone()).headers(get.headers);
        let limit = self.max_body_bytes.min(get.max_body_bytes);
        Self::send(request, limit, get.deadline).await
    }

    /// The clients that reach no further than a URL may.
    fn lines(&self, url: &Url, deadline: Instant) -> Result<&Lines, GuardError> {
        let lines = match self.policy.judge(url)? {
            Reach::Public => &self.public,
            Reach::Private => &self.private,
            Reach::Listed => &self.listed,
        };
        if Instant::now() >= deadline {
            return Err(GuardError::TooLate);
        }
        Ok(lines)
    }

    async fn send(
        request: reqwest::RequestBuilder,
        limit: usize,
        deadline: Instant,
    ) -> Result<Answer, GuardError> {
        match timeout_at(deadline, request.send()).await {
            Err(_) => Err(GuardError::Lost("no answer before the deadline".to_owned())),
            Ok(Err(error)) => Err(failed(&error)),
            Ok(Ok(inner)) => Ok(Answer {
                inner,
                read: 0,
                limit,
                deadline,
            }),
        }
    }
}

/// What a failed send means. A builder error and a connect error happen before the first byte.
fn failed(error: &reqwest::Error) -> GuardError {
    if let Some(refusal) = cause::<AddressRefusal>(error) {
        return GuardError::Refused(refusal.clone());
    }
    let story = innermost(error);
    if error.is_connect() || error.is_builder() {
        GuardError::NoConnection(story)
    } else {
        GuardError::Lost(format!("the connection failed: {story}"))
    }
}

fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next: Option<&'a (dyn StdError + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// The innermost cause's words; the outer ones repeat the address.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut current = error;
    while let Some(inner) = current.source() {
        current = inner;
    }
    current.to_string()
}

/// The head of an answer, and its body still to be read.
pub struct Answer {
    inner: reqwest::Response,
    read: usize,
    limit: usize,
    deadline: Instant,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status())
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// One header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.inner.headers().get(name)
    }

    /// The next piece of the body; none at its end.
    ///
    /// # Errors
    /// [`GuardError::TooLarge`] or [`GuardError::Lost`].
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, GuardError> {
        let piece = match timeout_at(self.deadline, self.inner.chunk()).await {
            Err(_) => {
                return Err(GuardError::Lost(
                    "the answer was not complete before the deadline".to_owned(),
                ));
            }
            Ok(Err(error)) => {
                return Err(GuardError::Lost(format!(
                    "the answer broke off: {}",
                    innermost(&error)
                )));
            }
            Ok(Ok(None)) => return Ok(None),
            Ok(Ok(Some(piece))) => piece,
        };
        self.read = self.read.saturating_add(piece.len());
        if self.read > self.limit {
            return Err(GuardError::TooLarge { limit: self.limit });
        }
        Ok(Some(piece.to_vec()))
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Answer::chunk`].
    pub async fn body(&mut self) -> Result<Vec<u8>, GuardError> {
        let mut body = Vec::new();
        while let Some(piece) = self.chunk().await? {
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// Resolves names and refuses them whole when any of their addresses is out of reach. What it
/// answers is what is connected to: there is no second look-up.
#[derive(Debug)]
struct Within {
    reach: Reach,
    names: Arc<dyn Names>,
}

impl Resolve for Within {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        let names = Arc::clone(&self.names);
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            if let Some(outside) = found.iter().find(|address| !reach.covers(address.ip())) {
                let refusal: Box<dyn StdError + Send + Sync> =
                    Box::new(AddressRefusal::Address(outside.ip()));
                return Err(refusal);
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[tokio::test]
    async fn a_name_on_loopback_is_refused_by_the_resolver() {
        let within = |reach| Within {
            reach,
            names: Arc::new(SystemNames),
        };
        let refused = within(Reach::Public)
            .resolve(Name::from_str("localhost").unwrap())
            .await;
        let error = refused.err().unwrap();
        assert!(error.downcast_ref::<AddressRefusal>().is_some(), "{error}");
        assert!(
            within(Reach::Private)
                .resolve(Name::from_str("localhost").unwrap())
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn refused_addresses_and_closed_ports_never_leave() {
        let strict = Guard::new(AddressPolicy::new(false)).unwrap();
        let url = Url::parse("http://127.0.0.1:9/").unwrap();
        let post = |url| Post {
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            own_connection: true,
            deadline: soon(),
        };
        let error = strict.post(post(&url)).await.unwrap_err();
        assert!(
            matches!(error, GuardError::Refused(_)) && error.never_left(),
            "{error}"
        );

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let private = Guard::new(AddressPolicy::new(true)).unwrap();
        let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let error = private.post(post(&url)).await.unwrap_err();
        assert!(
            matches!(error, GuardError::NoConnection(_)) && error.never_left(),
            "{error}"
        );

        let late = Post {
            deadline: Instant::now(),
            ..post(&url)
        };
        assert!(matches!(private.post(late).await, Err(GuardError::TooLate)));
    }
}

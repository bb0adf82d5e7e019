//! Verifying: what a message claims about its signature, and whether that is so. The order of the
//! checks is AdCP's: cheap ones first, so that nobody makes us compute for nothing.

use super::base::{header, signature_base};
use super::digest::ContentDigest;
use super::field::{Bare, Member, Params, dictionary};
use super::{
    Algorithm, CONTENT_DIGEST, DigestCover, Jwk, LABEL, Message, Profile, SIGNATURE,
    SIGNATURE_INPUT, SKEW_S, SignatureRefusal, Target, WINDOW_S,
};

/// What a message says about its signature, fit to be verified: all that can be judged without
/// the key.
#[derive(Debug, Clone)]
pub struct Claim {
    profile: Profile,
    components: Vec<String>,
    params: Params,
    signature: Vec<u8>,
    digest: Option<ContentDigest>,
    algorithm: Algorithm,
    keyid: String,
    nonce: String,
    expires: i64,
}

/// What is known of a key besides the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// It was withdrawn.
    pub revoked: bool,
    /// Whether it was withdrawn cannot be told any more.
    pub stale: bool,
    /// As many of its signatures are remembered as we are willing to.
    pub full: bool,
}

/// A signature that holds. Whether it was seen before is for whoever remembers nonces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key.
    pub keyid: String,
    /// What makes it the only one.
    pub nonce: String,
    /// Until when it could be shown again, in seconds since 1970, with the clocks' difference.
    pub remember_until: i64,
}

impl Claim {
    /// Reads what a message claims.
    ///
    /// # Errors
    /// Everything that can be refused without the key.
    pub fn read(
        profile: &Profile,
        message: &Message<'_>,
        now: i64,
    ) -> Result<Self, SignatureRefusal> {
        use SignatureRefusal as R;
        let has = |name: &str| message.headers.contains_key(name);
        match (has(SIGNATURE_INPUT), has(SIGNATURE)) {
            (false, false) => return Err(R::Required),
            (true, true) => {}
            // A pair that lost one half on its way must not pass for an unsigned message.
            (true, false) | (false, true) => return Err(R::HeaderMalformed),
        }
        let read = |name: &str| header(message.headers, name).ok_or(R::HeaderMalformed);
        let inputs = dictionary(&read(SIGNATURE_INPUT)?).ok_or(R::HeaderMalformed)?;
        let signatures = dictionary(&read(SIGNATURE)?).ok_or(R::HeaderMalformed)?;
        let labelled = |members: super::field::Dictionary| {
            members
                .into_iter()
                .find_map(|(name, member)| (name == LABEL).then_some(member))
        };
        let (Some(Member::Inner(items, params)), Some(Member::Item(Bare::Bytes(bytes), _))) =
            (labelled(inputs), labelled(signatures))
        else {
            return Err(R::HeaderMalformed);
        };
        let signature = profile.binary.decode(&bytes).ok_or(R::HeaderMalformed)?;
        let mut components: Vec<String> = Vec::with_capacity(items.len());
        for item in items {
            // Parameters of components ask for other values than we would take.
            let (Bare::Text(name), true) = (item.0, item.1.is_empty()) else {
                return Err(R::HeaderMalformed);
            };
            let is_name = name.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || matches!(byte, b'-' | b'_' | b'@')
            });
            if !is_name || name.is_empty() || components.contains(&name) {
                return Err(R::HeaderMalformed);
            }
            components.push(name);
        }
        let covers = |name: &str| components.iter().any(|component| component == name);
        if covers("content-type") && read("content-type")?.contains(',') {
            return Err(R::HeaderMalformed);
        }
        let digest = match header(message.headers, CONTENT_DIGEST) {
            Some(text) => {
                Some(ContentDigest::parse(&text, profile.binary).ok_or(R::HeaderMalformed)?)
            }
            None if has(CONTENT_DIGEST) || covers(CONTENT_DIGEST) => {
                return Err(R::HeaderMalformed);
            }
            None => None,
        };
        let (created, expires, nonce, keyid, alg, tag) = parameters(&params)?;
        if nonce.len() < 16 || nonce.len() > 256 {
            return Err(R::ParamsIncomplete);
        }
        if tag != profile.tag {
            return Err(R::TagInvalid);
        }
        let algorithm = Algorithm::parse(&alg).ok_or(R::AlgNotAllowed)?;
        let is_valid_now = created <= now + SKEW_S && now <= expires + SKEW_S;
        if expires <= created || expires - created > WINDOW_S || !is_valid_now {
            return Err(R::WindowInvalid);
        }
        let has_body = !message.body.is_empty();
        let complete = ["@method", "@target-uri", "@authority"]
            .into_iter()
            .all(covers)
            && (!has_body || covers("content-type"))
            && (profile.digest != DigestCover::Required || !has_body || covers(CONTENT_DIGEST));
        if !complete {
            return Err(R::ComponentsIncomplete);
        }
        if profile.digest == DigestCover::Forbidden && covers(CONTENT_DIGEST) {
            return Err(R::ComponentsUnexpected);
        }
        let digest = digest.filter(|_| covers(CONTENT_DIGEST));
        Ok(Self {
            profile: *profile,
            components,
            params,
            signature,
            digest,
            algorithm,
            keyid,
            nonce,
            expires,
        })
    }

    /// The name of the key it says it was made with.
    #[must_use]
    pub fn keyid(&self) -> &str {
        &self.keyid
    }

    /// The text that the signature has to be over, for this message.
    ///
    /// # Errors
    /// An address that is none, or a component that is not there.
    pub fn base(&self, message: &Message<'_>) -> Result<String, SignatureRefusal> {
        // On the wire an address is ASCII; what is not could be read in two ways.
        if !message.url.is_ascii() {
            return Err(SignatureRefusal::TargetMalformed);
        }
        let target = Target::parse(message.url)?;
        if message.headers.contains_key("host") {
            let host = header(message.headers, "host").unwrap_or_default();
            if !target.is_host(&host)? {
                return Err(SignatureRefusal::TargetMalformed);
            }
        }
        signature_base(
            message.method,
            &target,
            message.headers,
            &self.components,
            &self.params,
        )
    }

    /// Verifies it with the key of its name, `None` when nobody has one.
    ///
    /// # Errors
    /// Everything that is refused for the key's sake, and when it does not hold.
    pub fn verify(
        self,
        key: Option<&Jwk>,
        standing: Standing,
        message: &Message<'_>,
    ) -> Result<Verified, SignatureRefusal> {
        use SignatureRefusal as R;
        if standing.revoked {
            return Err(R::KeyRevoked);
        }
        let key = key
            .ok_or(R::KeyUnknown)?
            .usable(&self.profile, self.algorithm)?;
        if standing.stale {
            return Err(R::RevocationStale);
        }
        if standing.full {
            return Err(R::RateAbuse);
        }
        let base = self.base(message)?;
        if !key.verifies(base.as_bytes(), &self.signature) {
            return Err(R::Invalid);
        }
        if let Some(digest) = &self.digest
            && !digest.fits(message.body, self.profile.binary)
        {
            return Err(R::DigestMismatch);
        }
        Ok(Verified {
            keyid: self.keyid,
            nonce: self.nonce,
            remember_until: self.expires + SKEW_S,
        })
    }
}

type Parameters = (i64, i64, String, String, String, String);

/// `created`, `expires`, `nonce`, `keyid`, `alg` and `tag`, each of its type.
fn parameters(params: &Params) -> Result<Parameters, SignatureRefusal> {
    use SignatureRefusal as R;
    let find = |name: &str| {
        params
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    };
    // A wrong type is worse than none: two readers could take different values.
    let number = |name: &str| match find(name) {
        Some(Bare::Integer(number)) => Ok(Some(*number)),
        Some(_) => Err(R::HeaderMalformed),
        None => Ok(None),
    };
    let text = |name: &str| match find(name) {
        Some(Bare::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(R::HeaderMalformed),
        None => Ok(None),
    };
    let all = (
        number("created")?,
        number("expires")?,
        text("nonce")?,
        text("keyid")?,
        text("alg")?,
        text("tag")?,
    );
    match all {
        (Some(created), Some(expires), Some(nonce), Some(keyid), Some(alg), Some(tag)) => {
            Ok((created, expires, nonce, keyid, alg, tag))
        }
        _ => Err(R::ParamsIncomplete),
    }
}

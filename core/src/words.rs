//! Closed lists of words, each an enum whose members know their spelling.

/// Declares an enum of words: its members, how each is spelt, reading and writing. The words are
/// plain tokens: a `literal` would reach the schema's derive wrapped, and it would show the names
/// of the members instead.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$doc:meta])* $variant:ident = $word:tt ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $( $(#[$doc])* #[doc = concat!("Spelt `", $word, "`.")] #[serde(rename = $word)] $variant ),+
        }

        impl $name {
            /// Every member, in the order of their declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];
            /// Every word, in the order of their declaration.
            pub const WORDS: &'static [&'static str] = &[ $( $word ),+ ];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }

            /// Reads exactly one of the words.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

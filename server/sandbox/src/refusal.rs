//! An AdCP error: a code, how to recover, and where it lies.

use serde_json::{Map, Value, json};

/// One thing wrong with a request's shape.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    /// JSON pointer into the request.
    pub pointer: String,
    pub message: String,
    /// The JSON Schema keyword that the value fails.
    pub keyword: &'static str,
}

/// Why a call is refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub code: &'static str,
    pub message: String,
    pub field: Option<Box<str>>,
    pub suggestion: Option<Box<str>>,
    pub details: Option<Box<Value>>,
    pub issues: Vec<Issue>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            suggestion: None,
            details: None,
            issues: Vec::new(),
        }
    }

    /// A request whose shape is wrong; `issues` holds at least one entry.
    pub(crate) fn malformed(issues: Vec<Issue>) -> Self {
        let mut refusal = match issues.first() {
            Some(first) => Self::new(
                "VALIDATION_ERROR",
                format!("{}: {}", dotted(&first.pointer), first.message),
            )
            .at(dotted(&first.pointer)),
            None => Self::new("VALIDATION_ERROR", "the request is malformed"),
        };
        refusal.issues = issues;
        refusal
    }

    /// A single value that is well formed but cannot be used.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new("VALIDATION_ERROR", message).at(field)
    }

    pub(crate) fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into().into_boxed_str());
        self
    }

    pub(crate) fn suggesting(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into().into_boxed_str());
        self
    }

    pub(crate) fn with(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// The registered class of the code (AdCP's error registry).
    fn recovery(&self) -> &'static str {
        match self.code {
            "RATE_LIMITED" | "SERVICE_UNAVAILABLE" | "CONFLICT" => "transient",
            "ACCOUNT_NOT_FOUND" => "terminal",
            _ => "correctable",
        }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("code".into(), self.code.into());
        body.insert("message".into(), self.message.clone().into());
        body.insert("recovery".into(), self.recovery().into());
        if let Some(field) = &self.field {
            body.insert("field".into(), field.as_ref().into());
        }
        if let Some(suggestion) = &self.suggestion {
            body.insert("suggestion".into(), suggestion.as_ref().into());
        }
        if let Some(details) = &self.details {
            body.insert("details".into(), Value::clone(details));
        }
        if !self.issues.is_empty() {
            let issues: Vec<Value> = self
                .issues
                .iter()
                .map(|issue| {
                    json!({
                        "pointer": issue.pointer,
                        "message": issue.message,
                        "keyword": issue.keyword,
                    })
                })
                .collect();
            body.insert("issues".into(), issues.into());
        }
        Value::Object(body)
    }
}

/// `/packages/0/budget` as `packages[0].budget`.
fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push('[');
            path.push_str(part);
            path.push(']');
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::dotted;

    #[test]
    fn pointers_become_field_paths() {
        assert_eq!(dotted("/packages/0/budget"), "packages[0].budget");
        assert_eq!(dotted("/idempotency_key"), "idempotency_key");
    }
}

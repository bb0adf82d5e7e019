//! The OpenAPI document as a page to read: plain HTML made from it, without a script.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::openapi;
use super::policy::digest;
use crate::error::Fault;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
h2{margin-top:3rem}h3{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem}code,pre{font:14px/1.45 ui-monospace,monospace}\
pre{overflow:auto;padding:.75rem;background:#8882;border-radius:4px}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0}b.method{text-transform:uppercase}";

static PAGE: LazyLock<Result<String, String>> = LazyLock::new(|| Ok(render(&openapi::document()?)));

pub(crate) async fn serve() -> Result<Response, Fault> {
    let page = PAGE
        .as_deref()
        .map_err(|story| Fault::Ours(anyhow::anyhow!("the page cannot be written: {story}")))?;
    let mut response = Html(page).into_response();
    let policy = format!(
        "default-src 'none'; style-src '{}'; base-uri 'none'; frame-ancestors 'none'",
        digest(STYLE)
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

fn render(document: &Value) -> String {
    let mut page = Page(String::new());
    let title = text(&document["info"]["title"]);
    page.add(format_args!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{0}</title><style>{STYLE}</style></head><body><h1>{0}</h1><p>{1}</p>\
         <p>Version {2}. As a document: <a href=\"openapi.json\">openapi.json</a>.</p><nav><ul>",
        shown(title),
        prose(text(&document["info"]["description"])),
        shown(text(&document["info"]["version"])),
    ));
    let operations = operations(document);
    for operation in &operations {
        page.add(format_args!(
            "<li><a href=\"#{}\"><code>{} {}</code></a> {}</li>",
            shown(&operation.id()),
            shown(&operation.method.to_uppercase()),
            shown(operation.path),
            shown(text(&operation.body["summary"])),
        ));
    }
    page.add(format_args!("</ul></nav><h2>Operations</h2>"));
    for operation in &operations {
        page.operation(operation);
    }
    page.add(format_args!("<h2>Schemas</h2>"));
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        page.add(format_args!("<h3 id=\"schema-{0}\">{0}</h3>", shown(name)));
        page.json(schema);
    }
    page.add(format_args!("</body></html>"));
    page.0
}

struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    body: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> String {
        let path: String = self
            .path
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        format!("{}{path}", self.method)
    }
}

/// All operations, by tag, then as they stand in the document.
fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found: Vec<Operation<'_>> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, body) in item.as_object().into_iter().flatten() {
            found.push(Operation { path, method, body });
        }
    }
    found.sort_by_key(|operation| text(&operation.body["tags"][0]).to_owned());
    found
}

struct Page(String);

impl Page {
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(text);
    }

    fn json(&mut self, value: &Value) {
        let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
        self.add(format_args!("<pre>{}</pre>", linked(&pretty)));
    }

    fn operation(&mut self, operation: &Operation<'_>) {
        let body = operation.body;
        self.add(format_args!(
            "<h3 id=\"{}\"><b class=\"method\">{}</b> <code>{}</code></h3><p><b>{}</b></p><p>{}</p>",
            shown(&operation.id()),
            shown(operation.method),
            shown(operation.path),
            shown(text(&body["summary"])),
            prose(text(&body["description"])),
        ));
        if let Some(parameters) = body["parameters"].as_array() {
            self.add(format_args!(
                "<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>"
            ));
            for parameter in parameters {
                let needed = if parameter["required"] == true {
                    " (required)"
                } else {
                    ""
                };
                self.add(format_args!(
                    "<tr><td><code>{}</code>{needed}</td><td>{}</td><td>{}</td></tr>",
                    shown(text(&parameter["name"])),
                    shown(text(&parameter["in"])),
                    prose(text(&parameter["description"])),
                ));
            }
            self.add(format_args!("</table>"));
        }
        let request = &body["requestBody"]["content"]["application/json"]["schema"];
        if !request.is_null() {
            self.add(format_args!("<p>Body</p>"));
            self.json(request);
        }
        for (status, response) in body["responses"].as_object().into_iter().flatten() {
            let content = response["content"]
                .as_object()
                .and_then(|content| content.values().next());
            if let Some(content) = content {
                self.add(format_args!(
                    "<p>{}: {}</p>",
                    shown(status),
                    prose(text(&response["description"]))
                ));
                self.json(&content["schema"]);
            }
        }
        let errors: Vec<&str> = body["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, response)| response["$ref"].is_string())
            .map(|(status, _)| status.as_str())
            .collect();
        self.add(format_args!(
            "<p>Refusals: {}</p>",
            shown(&errors.join(", "))
        ));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Text as HTML.
fn shown(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Text with `code` and paragraphs, as HTML.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in shown(text).split('`').enumerate() {
        if index % 2 == 1 {
            let _ = write!(html, "<code>{part}</code>");
        } else {
            html.push_str(&part.replace("\n\n", "</p><p>"));
        }
    }
    html
}

/// Pretty JSON with references to schemas as links.
fn linked(pretty: &str) -> String {
    const REFERENCE: &str = "#/components/schemas/";
    let mut html = String::new();
    for (index, part) in shown(pretty).split(REFERENCE).enumerate() {
        if index == 0 {
            html.push_str(part);
            continue;
        }
        let end = part.find("&quot;").unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let _ = write!(
            html,
            "<a href=\"#schema-{name}\">{REFERENCE}{name}</a>{rest}"
        );
    }
    html
}

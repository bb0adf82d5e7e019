//! A keep-alive connection that costs little beside what it measures.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// One connection to the server.
pub struct Connection {
    stream: BufReader<TcpStream>,
    key: String,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            key: key.to_owned(),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Reads an address to its last byte; how many bytes the body has.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<usize> {
        let status = self.exchange("GET", path, "").await?;
        if status != 200 {
            bail!(
                "GET {path}: {status}: {}",
                String::from_utf8_lossy(&self.body)
            );
        }
        Ok(self.body.len())
    }

    /// Sends a body; the data of the answer.
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let status = self.exchange("POST", path, &body.to_string()).await?;
        let mut answer: Value = serde_json::from_slice(&self.body)?;
        if !(200..300).contains(&status) {
            bail!("POST {path}: {status}: {answer}");
        }
        Ok(answer["data"].take())
    }

    /// Sends a body to any path, with lines of headers of its own and without the key; the status.
    pub async fn post_raw(&mut self, path: &str, headers: &str, body: &str) -> anyhow::Result<u16> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.answer_to(&request).await
    }

    /// The body of the last answer.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    async fn exchange(&mut self, method: &str, path: &str, body: &str) -> anyhow::Result<u16> {
        let request = format!(
            "{method} /api/buyer{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        );
        self.answer_to(&request)
            .await
            .with_context(|| format!("{method} {path}"))
    }

    async fn answer_to(&mut self, request: &str) -> anyhow::Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        let mut status = None;
        let mut length = None;
        loop {
            self.line.clear();
            if self.stream.read_line(&mut self.line).await? == 0 {
                bail!("the connection ended");
            }
            let line = self.line.trim_end();
            if status.is_none() {
                let word = line.split(' ').nth(1).context("no status")?;
                status = Some(word.parse::<u16>()?);
            } else if line.is_empty() {
                break;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        self.body
            .resize(length.context("an answer without a length")?, 0);
        self.stream.read_exact(&mut self.body).await?;
        status.context("no status")
    }
}

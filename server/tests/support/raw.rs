//! A server for bytes: it reads one HTTP request from each connection and hands over the stream, so
//! that a test can answer with whatever no decent server would send.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The most bytes of a request's head, and of its body.
const HEAD: usize = 64 * 1024;
const BODY: usize = 16 * 1024 * 1024;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// By name in small letters.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

/// Answers a request on its connection, which is closed when the stream is dropped.
pub type Answers = dyn Fn(Asked, TcpStream) -> BoxFuture<'static, ()> + Send + Sync;

/// A running server; it ends when dropped.
pub struct RawServer {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl RawServer {
    /// Listens on a free port of loopback.
    pub async fn start<F>(answers: F) -> Self
    where
        F: Fn(Asked, TcpStream) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let answers: Arc<Answers> = Arc::new(answers);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let answers = Arc::clone(&answers);
                tokio::spawn(async move {
                    let mut stream = stream;
                    if let Some(asked) = read(&mut stream).await {
                        answers(asked, stream).await;
                    }
                });
            }
        });
        Self {
            address,
            connections,
            task,
        }
    }

    /// How many connections were made, whatever came over them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 8192];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let count = stream.read(&mut piece).await.ok()?;
        if count == 0 || bytes.len() > HEAD {
            return None;
        }
        bytes.extend_from_slice(&piece[..count]);
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut asked = Asked {
        method: first.next()?.to_owned(),
        path: first.next()?.to_owned(),
        ..Asked::default()
    };
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            asked
                .headers
                .insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length: usize = asked
        .headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    if length > BODY {
        return None;
    }
    let mut body = bytes.split_off(head);
    while body.len() < length {
        let count = stream.read(&mut piece).await.ok()?;
        if count == 0 {
            return None;
        }
        body.extend_from_slice(&piece[..count]);
    }
    asked.body = body;
    Some(asked)
}

/// One whole answer, after which the connection ends.
pub async fn answer(stream: &mut TcpStream, status: u16, kind: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status} Told\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    let _ = stream.shutdown().await;
}

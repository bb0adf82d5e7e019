//! A way to a real seller on which the answers to purchases can be held up: the seller gets every
//! request and answers it, and we do not hear.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What marks a purchase in the bytes of a request.
const PURCHASE: &[u8] = b"\"create_media_buy\"";

/// The lane; it ends with this value.
pub struct SlowLane {
    address: SocketAddr,
    open: watch::Sender<bool>,
    purchases: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl SlowLane {
    /// A lane to a seller's host and port; answers to purchases are held from the start.
    pub async fn to(seller: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, gate) = watch::channel(false);
        let purchases = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&purchases);
        let listening = tokio::spawn(async move {
            while let Ok((ours, _)) = listener.accept().await {
                let theirs = TcpStream::connect(seller).await.unwrap();
                tokio::spawn(carry(ours, theirs, gate.clone(), Arc::clone(&counted)));
            }
        });
        Self {
            address,
            open,
            purchases,
            listening,
        }
    }

    /// The address to register instead of the seller's.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets answers to purchases pass from now on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// How many purchases reached the seller.
    pub fn purchases(&self) -> usize {
        self.purchases.load(Ordering::SeqCst)
    }
}

impl Drop for SlowLane {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(
    ours: TcpStream,
    theirs: TcpStream,
    mut gate: watch::Receiver<bool>,
    purchases: Arc<AtomicUsize>,
) {
    let (mut our_read, mut our_write) = ours.into_split();
    let (mut their_read, mut their_write) = theirs.into_split();
    let (held, mut is_held) = watch::channel(false);
    let out = tokio::spawn(async move {
        let mut sent = Vec::new();
        let mut part = vec![0; 16 * 1024];
        while let Ok(n @ 1..) = our_read.read(&mut part).await {
            sent.extend_from_slice(&part[..n]);
            if sent.windows(PURCHASE.len()).any(|bytes| bytes == PURCHASE) {
                sent.clear();
                purchases.fetch_add(1, Ordering::SeqCst);
                held.send_replace(true);
            }
            if their_write.write_all(&part[..n]).await.is_err() {
                return;
            }
        }
        let _ = their_write.shutdown().await;
        // The sender of `held` lives as long as the lane, or the other half would wait for nothing.
        held.closed().await;
    });
    let mut part = vec![0; 16 * 1024];
    while let Ok(n @ 1..) = their_read.read(&mut part).await {
        if *is_held.borrow_and_update() && gate.wait_for(|open| *open).await.is_err() {
            break;
        }
        if our_write.write_all(&part[..n]).await.is_err() {
            break;
        }
    }
    out.abort();
}

//! Event streams as MCP answers use them: only the data of events is of interest.

/// Collects pieces of a stream and hands out the data of whole events.
#[derive(Debug, Default)]
pub struct Events {
    pending: Vec<u8>,
    data: String,
    has_data: bool,
}

impl Events {
    /// Takes the next piece of the stream; answers the data of every event it completes.
    pub fn push(&mut self, piece: &[u8]) -> Vec<String> {
        self.pending.extend_from_slice(piece);
        let mut done = Vec::new();
        while let Some((line, rest)) = next_line(&self.pending) {
            let line = String::from_utf8_lossy(line).into_owned();
            self.pending.drain(..rest);
            self.take(&line, &mut done);
        }
        done
    }

    /// The stream is over. An event without its blank line counts: some servers leave it out
    /// when they close, and a truncated event is no JSON anyway.
    pub fn finish(&mut self) -> Vec<String> {
        let mut done = self.push(b"\n");
        self.take("", &mut done);
        done
    }

    fn take(&mut self, line: &str, done: &mut Vec<String>) {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            if std::mem::take(&mut self.has_data) {
                done.push(data);
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            if self.has_data {
                self.data.push('\n');
            }
            self.data.push_str(value.strip_prefix(' ').unwrap_or(value));
            self.has_data = true;
        }
    }
}

/// The first line that is surely whole, and how many bytes it takes with its end. A carriage
/// return at the very end waits for what follows it.
fn next_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line = bytes.get(..end)?;
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'\r'), None) => None,
        (Some(b'\r'), Some(b'\n')) => Some((line, end + 2)),
        _ => Some((line, end + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{feff}: hello\nevent: message\ndata: {\"a\":1}\n\ndata:x\r\ndata: y\r\n\r\nid: 3\n\ndata\n\ndata: last";

    #[test]
    fn events_are_whole_however_the_stream_is_cut() {
        let expected = ["{\"a\":1}", "x\ny", "", "last"];
        for size in 1..STREAM.len() {
            let mut events = Events::default();
            let mut got = Vec::new();
            for piece in STREAM.as_bytes().chunks(size) {
                got.extend(events.push(piece));
            }
            got.extend(events.finish());
            assert_eq!(got, expected, "pieces of {size}");
        }
    }
}

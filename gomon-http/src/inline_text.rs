//! Short text on the stack.

use std::fmt;
use std::net::SocketAddr;

/// Text of at most `N` bytes, formatted without an allocation. Pieces that do not fit are dropped.
pub(crate) struct InlineText<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> InlineText<N> {
    pub(crate) fn of(value: impl fmt::Display) -> Self {
        let mut text = Self {
            bytes: [0; N],
            length: 0,
        };
        // Fails only if the text is full.
        let _ = fmt::write(&mut text, format_args!("{value}"));
        text
    }

    /// Formats an address with its port.
    ///
    /// IPv4 is formatted by hand: every HTTP event has an address, and `Display` takes several times as long.
    pub(crate) fn of_address(address: SocketAddr) -> Self {
        let SocketAddr::V4(address) = address else {
            return Self::of(address);
        };
        let mut text = Self {
            bytes: [0; N],
            length: 0,
        };
        let [a, b, c, d] = address.ip().octets();
        for (number, end) in [(a, "."), (b, "."), (c, "."), (d, ":")] {
            text.number(number.into());
            let _ = fmt::Write::write_str(&mut text, end);
        }
        text.number(address.port());
        text
    }

    fn number(&mut self, number: u16) {
        let mut divisor = match number {
            0..10 => 1,
            10..100 => 10,
            100..1_000 => 100,
            1_000..10_000 => 1_000,
            10_000.. => 10_000,
        };
        while divisor > 0 {
            if let Some(room) = self.bytes.get_mut(self.length) {
                *room = b'0' + (number / divisor % 10) as u8;
                self.length += 1;
            }
            divisor /= 10;
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for InlineText<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_formatted_as_by_display() {
        for address in [
            "127.0.0.1:80",
            "0.0.0.0:0",
            "255.249.99.100:65535",
            "10.9.101.200:10000",
            "192.168.0.1:9999",
            "[::1]:80",
            "[2001:db8::ff00:42:8329]:443",
        ] {
            let parsed = address.parse().unwrap();
            assert_eq!(InlineText::<64>::of_address(parsed).as_str(), address);
        }
        let cut = InlineText::<8>::of_address("127.0.0.1:80".parse().unwrap());
        assert_eq!(cut.as_str(), "127.0.0.");
    }

    #[test]
    fn pieces_that_do_not_fit_are_dropped() {
        assert_eq!(InlineText::<8>::of("127.0.0.").as_str(), "127.0.0.");
        let (net, host) = ("127.".to_owned(), "0.0.1".to_owned());
        assert_eq!(
            InlineText::<8>::of(format_args!("{net}{host}")).as_str(),
            "127."
        );
    }
}

//! Hashes as text.

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = Vec::with_capacity(2 * bytes.len());
    let mut rest = bytes;
    // By hand: a large graph has a hundred thousand hashes, and formatting takes most of the time of writing it.
    while let [byte, after @ ..] = rest {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
        rest = after;
    }
    // Digits always are text.
    String::from_utf8(digits).unwrap_or_default()
}

fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        for byte in 0..=u8::MAX {
            assert_eq!(hexadecimal(&[byte]), format!("{byte:02x}"));
        }
    }
}

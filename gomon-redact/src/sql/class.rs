//! Classes of bytes.

/// Class of a byte that begins a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Blank,
    Word,
    Digit,
    Sign,
    Single,
    Double,
    Backtick,
    Bracket,
    Dollar,
    Minus,
    Slash,
    Hash,
    Dot,
    Comma,
    Open,
    Close,
    Semicolon,
    Question,
    Colon,
    At,
    /// Bytes that do not occur outside of quotes.
    Stray,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Stray; 256];
    let mut rest: &mut [Class] = &mut classes;
    let mut byte: usize = 0;
    while let Some((class, others)) = rest.split_first_mut() {
        *class = class_of(byte as u8);
        byte += 1;
        rest = others;
    }
    classes
};

const fn class_of(byte: u8) -> Class {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' | 0x0c => Class::Blank,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => Class::Word,
        b'0'..=b'9' => Class::Digit,
        b'\'' => Class::Single,
        b'"' => Class::Double,
        b'`' => Class::Backtick,
        b'[' => Class::Bracket,
        b'$' => Class::Dollar,
        b'-' => Class::Minus,
        b'/' => Class::Slash,
        b'#' => Class::Hash,
        b'.' => Class::Dot,
        b',' => Class::Comma,
        b'(' => Class::Open,
        b')' => Class::Close,
        b';' => Class::Semicolon,
        b'?' => Class::Question,
        b':' => Class::Colon,
        b'@' => Class::At,
        b'=' | b'<' | b'>' | b'!' | b'+' | b'*' | b'%' | b'&' | b'|' | b'^' | b'~' | b']'
        | b'{' | b'}' => Class::Sign,
        _ => Class::Stray,
    }
}

#[inline(always)]
pub(super) fn class(byte: u8) -> Class {
    // The table has an entry for every byte.
    CLASSES
        .get(usize::from(byte))
        .copied()
        .unwrap_or(Class::Stray)
}

/// Returns whether the byte may continue a word.
#[inline(always)]
pub(super) fn is_word(byte: u8) -> bool {
    matches!(class(byte), Class::Word | Class::Digit | Class::Dollar)
}

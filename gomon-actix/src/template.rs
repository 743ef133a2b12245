//! Template that a request matched.
//!
//! A resource may have several patterns, and actix-web returns the first of them, whichever matched. So that pattern is
//! compared with the path. If it does not fit, the template is the path with each value replaced by its name.

use actix_web::HttpRequest;
use actix_web::dev::{Path, Url};

/// Returns the template that a routed request matched, or `None` if it matched none.
pub(crate) fn template(request: &HttpRequest) -> Option<String> {
    let first = request.match_pattern()?;
    let path = request.match_info();
    if fits(&first, matched(path), |name| path.get(name)) {
        return Some(first);
    }
    Some(with_names(path).unwrap_or(first))
}

/// Returns the part of the path that was matched. A prefix, such as that of static files, leaves a rest.
fn matched(path: &Path<Url>) -> &str {
    let whole = path.as_str();
    whole.strip_suffix(path.unprocessed()).unwrap_or(whole)
}

/// Returns whether `pattern` becomes `text` if each `{name}` is replaced by its value.
fn fits<'v>(mut pattern: &str, mut text: &str, value: impl Fn(&str) -> Option<&'v str>) -> bool {
    while let Some((literal, rest)) = pattern.split_once('{') {
        let Some(segment) = Segment::parse(rest) else {
            return false;
        };
        let filled = text
            .strip_prefix(literal)
            .and_then(|text| text.strip_prefix(value(segment.name)?));
        let Some(after) = filled else {
            return false;
        };
        (pattern, text) = (segment.rest, after);
    }
    pattern == text
}

/// A dynamic part of a pattern: `{name}`, `{name:regex}` or `{name}*`.
struct Segment<'p> {
    name: &'p str,
    /// The pattern behind it.
    rest: &'p str,
}

impl<'p> Segment<'p> {
    /// Parses a segment from behind its opening brace. A regex may have braces itself.
    fn parse(text: &'p str) -> Option<Self> {
        let mut depth = 1;
        let end = text.bytes().position(|byte| {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        let (inside, rest) = (text.get(..end)?, text.get(end + 1..)?);
        let name = inside.split_once(':').map_or(inside, |(name, _)| name);
        let rest = rest.strip_prefix('*').unwrap_or(rest);
        Some(Self { name, rest })
    }
}

/// Returns the matched path with each value replaced by its name in braces.
///
/// Returns `None` if a value is not a part of the path.
fn with_names(path: &Path<Url>) -> Option<String> {
    let text = matched(path);
    let (mut template, mut end) = (String::new(), 0);
    for (name, value) in path.iter() {
        // A value borrows from the path; where it stands decides between equal parts.
        let start = value.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        template.push_str(text.get(end..start)?);
        template.push('{');
        template.push_str(name);
        template.push('}');
        end = start + value.len();
    }
    template.push_str(text.get(end..)?);
    Some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_with(pattern: &str, text: &str, values: &[(&str, &'static str)]) -> bool {
        fits(pattern, text, |name| {
            let (_, value) = values.iter().find(|(key, _)| *key == name)?;
            Some(*value)
        })
    }

    #[test]
    fn pattern_fits_if_its_values_stand_in_the_path() {
        let id: &[(&str, &str)] = &[("id", "7")];
        for (pattern, text, values, expected) in [
            ("/a", "/a", &[][..], true),
            ("/a", "/b", &[], false),
            ("/users/{id}", "/users/7", id, true),
            ("/users/{id}", "/people/7", id, false),
            ("/users/{id}", "/users/7/posts", id, false),
            (r"/users/{id:\d{1,3}}/posts", "/users/7/posts", id, true),
            ("/{id}/{other}", "/7/8", id, false),
            ("/files/{id}*", "/files/7", id, true),
            ("/{id", "/7", id, false),
        ] {
            let fit = fits_with(pattern, text, values);
            assert_eq!(fit, expected, "{pattern} {text}");
        }
    }
}

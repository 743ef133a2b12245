//! Encoding of an event's errors.

use std::borrow::Cow;
use std::panic::Location;

use crate::record::outcome::Outcome;
use crate::record::value::Value;
use crate::tracker::body::Body;
use crate::tracker::sections::Cold;

/// Maximum number of errors of one event.
const MAX_ERRORS: u32 = 16;

/// Records an error; changes the outcome `ok` to `error`.
pub(super) fn record(
    body: &mut Body,
    message: &str,
    kind: Option<&str>,
    location: Option<&Location<'_>>,
    chain: &[Cow<'static, str>],
) {
    body.cold().failed = true;
    if body.outcome == Outcome::Ok {
        body.outcome = Outcome::Error;
    }
    let location = location.map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()));
    let chain: Vec<_> = chain.iter().map(|cause| Value::text(cause)).collect();
    let mut fields = vec![("message", Value::text(message))];
    fields.extend(kind.map(|kind| ("type", Value::Str(kind))));
    fields.extend(location.as_deref().map(|at| ("location", Value::Str(at))));
    if !chain.is_empty() {
        fields.push(("chain", Value::List(&chain)));
    }
    body.append_to_list(
        |cold: &mut Cold| &mut cold.errors,
        MAX_ERRORS,
        |encoder| encoder.element(&Value::Map(&fields), 0),
    );
}

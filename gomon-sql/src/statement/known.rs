//! A statement that was read before.

use std::ops::Deref;
use std::sync::Arc;

use super::Statement;

/// A statement that was read before: one of those that are kept for good, at which nobody need count who looks, or one that
/// is shared.
#[derive(Clone, Debug)]
pub enum Known {
    Kept(&'static Arc<Statement>),
    Shared(Arc<Statement>),
}

impl Known {
    pub fn into_arc(self) -> Arc<Statement> {
        match self {
            Self::Kept(statement) => Arc::clone(statement),
            Self::Shared(statement) => statement,
        }
    }
}

impl Deref for Known {
    type Target = Arc<Statement>;

    #[inline]
    fn deref(&self) -> &Arc<Statement> {
        match self {
            Self::Kept(statement) => statement,
            Self::Shared(statement) => statement,
        }
    }
}

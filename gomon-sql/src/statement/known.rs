//! A statement from the cache.

use std::ops::Deref;
use std::sync::Arc;

use super::Statement;

/// A parsed statement: one that the cache keeps for the life of the process, which needs no reference count, or a shared one.
#[derive(Clone, Debug)]
pub enum Known {
    /// Kept by the cache.
    Kept(&'static Arc<Statement>),
    /// Shared.
    Shared(Arc<Statement>),
}

impl Known {
    pub(super) fn into_arc(self) -> Arc<Statement> {
        match self {
            Self::Kept(statement) => Arc::clone(statement),
            Self::Shared(statement) => statement,
        }
    }
}

impl From<Arc<Statement>> for Known {
    fn from(statement: Arc<Statement>) -> Self {
        Self::Shared(statement)
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

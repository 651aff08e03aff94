//! Placeholder of the observer room.

//! Promises to the hall.

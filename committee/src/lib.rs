//! Placeholder of the committee room.

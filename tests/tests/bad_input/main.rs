//! Bad input over the real program: whatever is wrong, the person is told what, where and what to do in both languages,
//! scripts get the exit code, and nothing is lost or half done; afterwards the honest count goes on to its end.

mod copies;
mod desk;
mod files;
mod forge;
mod hall;
mod keys;
mod lines;
mod notes;
mod restored;
mod said;
mod sheets;
mod sticks;
mod tables;
mod words;

//! What holds for whole folders of files.

mod bounds;
mod folders;
mod kinds;

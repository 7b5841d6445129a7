//! What holds for whole folders of files.

mod folders;
mod kinds;

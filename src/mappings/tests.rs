//! What holds for whole folders of files.

mod bounds;
mod environments;
mod folders;
mod kinds;
mod session;

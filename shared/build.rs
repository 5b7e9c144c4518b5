//! Tells cargo that the embedded catalog is part of this crate's source.

fn main() {
    println!("cargo:rerun-if-changed=../catalog");
}

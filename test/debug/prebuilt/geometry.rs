//! A guest in Rust, for what its debugging information says of C's types:
//!   rustc --target wasm32-unknown-unknown --crate-type cdylib --edition 2021 -C opt-level=2 -g
//!     -C panic=abort -C target-feature=+mutable-globals -C linker=wasm-ld -C link-args="--export-table --growable-table
//!     --export=__stack_pointer" --remap-path-prefix=$PWD=/source geometry.rs
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

#[repr(u8)]
#[derive(Clone, Copy, PartialEq)]
pub enum Color {
    Red = 0,
    Green = 5,
    Blue = 6,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union Number {
    pub whole: i32,
    pub real: f32,
}

#[repr(C)]
pub struct Shape {
    pub name: [u8; 16],
    pub color: Color,
    pub visible: bool,
    pub count: u16,
    pub origin: Point,
    pub grid: [[i16; 3]; 2],
    pub number: Number,
    pub big: i64,
    pub points: *const Point,
    pub next: Option<&'static Shape>,
    pub callback: Option<extern "C" fn(i32, i32) -> i32>,
}

/// Passed as the number that it is.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Degrees(pub f32);

/// Rust's own layout: fields in an order of its choice.
pub struct Own {
    pub small: u8,
    pub wide: u64,
    pub middle: u32,
}

/// Variants with values: nothing of that is C's.
pub enum Either {
    Left(u32),
    Right(f64),
}

static mut POINTS: [Point; 2] = [Point { x: 1.0, y: 2.0 }, Point { x: 3.0, y: 4.0 }];
static mut SHAPE: Shape = Shape {
    name: *b"first\0\0\0\0\0\0\0\0\0\0\0",
    color: Color::Green,
    visible: true,
    count: 2,
    origin: Point { x: 7.0, y: 8.0 },
    grid: [[1, 2, 3], [4, 5, 6]],
    number: Number { real: 0.5 },
    big: -(1 << 40),
    points: core::ptr::null(),
    next: None,
    callback: None,
};
static mut OWN: Own = Own { small: 1, wide: 2, middle: 3 };
static mut EITHER: Either = Either::Left(4);

#[no_mangle]
pub extern "C" fn add(a: i8, b: u16, c: u64) -> i64 {
    a as i64 + b as i64 + c as i64
}

#[no_mangle]
pub extern "C" fn negate(value: bool) -> bool {
    !value
}

#[no_mangle]
pub extern "C" fn next_color(color: Color) -> Color {
    if color == Color::Red { Color::Green } else { Color::Blue }
}

#[no_mangle]
pub extern "C" fn length(point: &Point) -> f32 {
    point.x * point.x + point.y * point.y
}

#[no_mangle]
pub extern "C" fn move_by(point: &mut Point, x: f32, y: f32) {
    point.x += x;
    point.y += y;
}

#[no_mangle]
pub unsafe extern "C" fn sum(points: *const Point, count: usize) -> f32 {
    core::slice::from_raw_parts(points, count).iter().map(|each| each.x + each.y).sum()
}

#[no_mangle]
pub extern "C" fn blend(a: Point, b: Point, t: f32) -> Point {
    Point { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t }
}

#[no_mangle]
pub extern "C" fn warmer(degrees: Degrees, by: f32) -> Degrees {
    Degrees(degrees.0 + by)
}

#[no_mangle]
pub unsafe extern "C" fn shape_now() -> *mut Shape {
    SHAPE.points = POINTS.as_ptr();
    core::ptr::addr_of_mut!(SHAPE)
}

#[no_mangle]
pub unsafe extern "C" fn own_now() -> *const Own {
    core::ptr::addr_of!(OWN)
}

#[no_mangle]
pub unsafe extern "C" fn either_now() -> *const Either {
    core::ptr::addr_of!(EITHER)
}

#[no_mangle]
pub extern "C" fn apply(op: extern "C" fn(i32, i32) -> i32, a: i32, b: i32) -> i32 {
    op(a, b)
}

#[no_mangle]
pub extern "C" fn divide(a: i32, b: i32) -> i32 {
    inner(a, b)
}

#[inline(always)]
fn inner(a: i32, b: i32) -> i32 {
    if b == 0 {
        core::arch::wasm32::unreachable()
    }
    a.wrapping_div(b)
}

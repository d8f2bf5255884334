// The same in C++: namespaces, templates, references, classes with bases and methods.
#define EXPORT(name) __attribute__((export_name(#name)))

namespace geometry {

template <class T> struct vec {
  T x, y;
  T dot(const vec& other) const { return x * other.x + y * other.y; }
};

struct base {
  int id;
  virtual int kind() const { return id; }
};
struct derived : base {
  vec<float> at;
  static int made;
  int kind() const override { return id * 2; }
};
int derived::made = 3;

enum class mode : unsigned char { fast = 1, exact = 200 };

}  // namespace geometry

using geometry::vec;

extern "C" {
EXPORT(dot) float dot(const vec<float>& a, vec<float> b) { return a.dot(b); }
EXPORT(dot64) double dot64(vec<double>&& a, const vec<double>& b) { return a.dot(b); }
EXPORT(next_mode) geometry::mode next_mode(geometry::mode of) {
  return of == geometry::mode::fast ? geometry::mode::exact : geometry::mode::fast;
}
EXPORT(first_derived) geometry::derived* first_derived() {
  static geometry::derived made;
  made.id = 4;
  made.at = {1, 2};
  geometry::derived::made++;
  return &made;
}
}

namespace geometry {
// Exported by its mangled name.
__attribute__((visibility("default"), used, export_name("_ZN8geometry5scaleERNS_3vecIfEEf"))) void
scale(vec<float>& what, float by) {
  what.x *= by;
  what.y *= by;
}
struct counter {
  int value;
  EXPORT(counter_add) int add(int more) { return value += more; }
};
int use(counter& one) { return one.add(1); }
}  // namespace geometry

// Sorting: recursive quicksort of 4096 words, insertion sort for short ranges.
const base: usize = 65536;
const count: i32 = 4096;

// @ts-ignore: decorator
@inline
function at(i: i32): usize {
  return base + (<usize>i << 2);
}

function insertion(low: i32, high: i32): void {
  for (let i = low + 1; i <= high; i++) {
    const value = load<i32>(at(i));
    let k = i - 1;
    while (k >= low && load<i32>(at(k)) > value) {
      store<i32>(at(k + 1), load<i32>(at(k)));
      k--;
    }
    store<i32>(at(k + 1), value);
  }
}

function sort(low: i32, high: i32): void {
  while (high - low > 12) {
    const pivot = load<i32>(at((low + high) >> 1));
    let i = low;
    let k = high;
    while (i <= k) {
      while (load<i32>(at(i)) < pivot) i++;
      while (load<i32>(at(k)) > pivot) k--;
      if (i <= k) {
        const value = load<i32>(at(i));
        store<i32>(at(i), load<i32>(at(k)));
        store<i32>(at(k), value);
        i++;
        k--;
      }
    }
    sort(low, k);
    low = i;
  }
  insertion(low, high);
}

export function run(n: i32): i32 {
  let seed: u32 = 12345;
  let sum: u32 = 0;
  for (let round = 0; round < n; round++) {
    for (let i = 0; i < count; i++) {
      seed = seed * 1664525 + 1013904223;
      store<i32>(at(i), <i32>seed >> 4);
    }
    sort(0, count - 1);
    for (let i = 0; i < count; i += 64) sum = sum * 31 + load<u32>(at(i));
  }
  return sum;
}

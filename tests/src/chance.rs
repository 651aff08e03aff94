//! Chance that can be had again: every choice of a run follows from one printed number (SplitMix64, public domain). It
//! refuses to know the clock.

/// The choices of one run.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The run of that number.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of the numbers from `first` to `last`, both among them.
    ///
    /// # Panics
    /// There is none.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        assert!(first <= last, "nothing lies between {first} and {last}");
        first + self.number() % (last - first + 1)
    }

    /// One of so many, counted from 0.
    pub fn below(&mut self, many: usize) -> usize {
        usize::try_from(self.between(0, many as u64 - 1)).expect("a place in a list")
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, often: u64) -> bool {
        self.between(1, 100) <= often
    }

    /// One of these.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

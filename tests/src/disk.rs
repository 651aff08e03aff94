//! A small disk of a test's own, to be filled and made read-only. Needs root and `mount`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A command of the system that must end well.
///
/// # Panics
/// It does not; what it said.
pub fn system(command: &str, arguments: &[&str]) {
    let output = Command::new(command).args(arguments).output();
    let output = output.unwrap_or_else(|e| panic!("`{command}` is needed: {e}"));
    assert!(output.status.success(), "{command} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A small disk over a folder of the hall, taken away again when the test lets go of it.
pub struct Disk(PathBuf);

impl Disk {
    /// Mounts it over `folder`, whose files move onto it.
    ///
    /// # Panics
    /// Not run as root.
    #[must_use]
    pub fn over(folder: &Path, mebibytes: u32) -> Self {
        let root = rustix::process::geteuid().is_root();
        assert!(root, "this test mounts a small disk; run it as root");
        let aside = folder.with_extension("aside");
        fs::rename(folder, &aside).expect("a folder");
        fs::create_dir(folder).expect("a folder");
        let (size, at) = (format!("size={mebibytes}m"), folder.to_string_lossy().into_owned());
        system("mount", &["-t", "tmpfs", "-o", &size, "kiemphieu-test", &at]);
        system("cp", &["-a", &format!("{}/.", aside.to_string_lossy()), &at]);
        Self(folder.to_owned())
    }

    /// Fills it to the last byte.
    ///
    /// # Panics
    /// It is read-only.
    pub fn fill(&self) {
        let mut ballast = fs::File::create(self.0.join("ballast")).expect("a file");
        let block = vec![0; 64 << 10];
        while std::io::Write::write_all(&mut ballast, &block).is_ok() {}
    }

    /// Takes the filling away.
    ///
    /// # Panics
    /// It was not filled.
    pub fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).expect("the ballast");
    }
}

impl Disk {
    /// Nothing can be written on it any more.
    pub fn make_read_only(&self) {
        system("mount", &["-o", "remount,ro", &self.0.to_string_lossy()]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

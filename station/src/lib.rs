//! The counting table (bàn kiểm phiếu): reads papers, adds bundles up, signs what it counted.

pub mod ballots;

//! The door for new devices. Deposits of keys come with enrolment by one-time codes; until then it says so.

use proto::v1::{DepositRequest, DepositResponse, enrol_service_server::EnrolService};
use tonic::{Request, Response, Status};

/// The door.
pub(crate) struct Enrol;

#[tonic::async_trait]
impl EnrolService for Enrol {
    async fn deposit(&self, _: Request<DepositRequest>) -> Result<Response<DepositResponse>, Status> {
        Err(Status::unimplemented("keys come in by the manifest or by a signed `key` statement; see `committee key`"))
    }
}

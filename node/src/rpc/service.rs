//! The methods of `bulla.v1.Ledger`.

use super::Rpc;
use bulla_proto::v1;
use bulla_proto::v1::ledger_server::Ledger;
use std::sync::Arc;
use tonic::{Request, Response, Status, async_trait};

pub(super) struct LedgerService {
    rpc: Arc<Rpc>,
}

impl LedgerService {
    pub(super) fn new(rpc: Arc<Rpc>) -> Self {
        LedgerService { rpc }
    }
}

macro_rules! answer_by {
    ($($method:ident: $request:ident -> $response:ident,)*) => {
        #[async_trait]
        impl Ledger for LedgerService {
            $(async fn $method(
                &self,
                request: Request<v1::$request>,
            ) -> Result<Response<v1::$response>, Status> {
                self.rpc.$method(request.into_inner()).await.map(Response::new)
            })*
        }
    };
}

answer_by! {
    submit: SubmitRequest -> SubmitResponse,
    check: CheckRequest -> CheckResponse,
    transaction: TransactionRequest -> TransactionResponse,
    licence: LicenceRequest -> LicenceResponse,
    licence_history: LicenceHistoryRequest -> LicenceHistoryResponse,
    organisation: OrganisationRequest -> OrganisationResponse,
    licence_type: LicenceTypeRequest -> LicenceTypeResponse,
    proof: ProofRequest -> ProofResponse,
    block: BlockRequest -> BlockResponse,
    header: HeaderRequest -> HeaderResponse,
    validators: ValidatorsRequest -> ValidatorsResponse,
}

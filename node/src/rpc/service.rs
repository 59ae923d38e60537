//! The methods of `bulla.v1.Ledger`: acts, and questions, which may wait for a height.

use super::{Rpc, reach};
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
    (
        acts { $($act:ident: $act_request:ident -> $act_response:ident,)* }
        questions { $($question:ident: $request:ident -> $response:ident,)* }
    ) => {
        #[async_trait]
        impl Ledger for LedgerService {
            $(async fn $act(
                &self,
                request: Request<v1::$act_request>,
            ) -> Result<Response<v1::$act_response>, Status> {
                self.rpc.$act(request.into_inner()).await.map(Response::new)
            })*

            $(async fn $question(
                &self,
                request: Request<v1::$request>,
            ) -> Result<Response<v1::$response>, Status> {
                let patience = reach::patience(request.metadata());
                let message = request.into_inner();
                self.rpc.reach(message.at_least, patience).await?;
                self.rpc.$question(message).await.map(Response::new)
            })*
        }
    };
}

answer_by! {
    acts {
        submit: SubmitRequest -> SubmitResponse,
    }
    questions {
        check: CheckRequest -> CheckResponse,
        transaction: TransactionRequest -> TransactionResponse,
        record: RecordRequest -> RecordResponse,
        list: ListRequest -> ListResponse,
        licence: LicenceRequest -> LicenceResponse,
        licence_history: LicenceHistoryRequest -> LicenceHistoryResponse,
        organisation: OrganisationRequest -> OrganisationResponse,
        licence_type: LicenceTypeRequest -> LicenceTypeResponse,
        proof: ProofRequest -> ProofResponse,
        block: BlockRequest -> BlockResponse,
        header: HeaderRequest -> HeaderResponse,
        validators: ValidatorsRequest -> ValidatorsResponse,
    }
}

//! The listener: bearer check, MCP streamable HTTP, one endpoint for each agent.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::seller::Seller;
use crate::tools;

/// Largest request body an agent reads, in bytes.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// How long open requests may take once the listener stops.
const GRACE: Duration = Duration::from_secs(2);

pub(crate) struct Listener {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn serve(
    socket: TcpListener,
    sellers: &BTreeMap<String, Arc<Seller>>,
    token: &str,
) -> Listener {
    let loopback = socket
        .local_addr()
        .is_ok_and(|address| address.ip().is_loopback());
    let mut router = Router::new();
    for (name, seller) in sellers {
        let handler = Agent {
            seller: Arc::clone(seller),
        };
        let mut config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(LARGEST_BODY);
        if !loopback {
            config = config.disable_allowed_hosts();
        }
        let service = StreamableHttpService::new(
            move || Ok(handler.clone()),
            Arc::new(NeverSessionManager::default()),
            config,
        );
        router = router.route_service(&format!("/{name}/mcp"), service);
    }
    let expected: Arc<str> = Arc::from(format!("Bearer {token}"));
    let router = router.layer(middleware::from_fn_with_state(expected, bearer));
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let served = axum::serve(socket, router)
            .with_graceful_shutdown(async move {
                let _ = stopped.await;
            })
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the sandbox listener ended");
        }
    });
    Listener {
        stop: Some(stop),
        task,
    }
}

/// Turns away a request without the sandbox's token before MCP sees it, as sellers do.
async fn bearer(State(expected): State<Arc<str>>, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    match given {
        Some(given) if given == &*expected => next.run(request).await,
        _ => (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, "Bearer realm=\"sandbox\"")],
            axum::Json(serde_json::json!({"error": "unauthorized"})),
        )
            .into_response(),
    }
}

#[derive(Clone)]
struct Agent {
    seller: Arc<Seller>,
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(
            Implementation::new(self.seller.name.clone(), env!("CARGO_PKG_VERSION")),
        )
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = tools::ALL.iter().map(|tool| {
            Tool::new(
                Cow::Borrowed(tool.name),
                Cow::Borrowed(tool.description),
                Arc::new(tool.input_schema()),
            )
        });
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::find(&request.name) else {
            return Err(ErrorData::invalid_params(
                format!("tool `{}` not found", request.name),
                None,
            ));
        };
        if !self.seller.latency.is_zero() {
            tokio::time::sleep(self.seller.latency).await;
        }
        let arguments = request.arguments.unwrap_or_default();
        let result = match self.seller.call(tool, &arguments) {
            Ok(answer) => CallToolResult::structured(answer.into()),
            Err(answer) => CallToolResult::structured_error(answer.into()),
        };
        Ok(result.into())
    }
}

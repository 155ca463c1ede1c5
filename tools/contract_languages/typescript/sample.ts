// Uses what is generated, as clients would: protobuf-es with Connect, ts-proto with grpc-js.
import { create } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { credentials } from "@grpc/grpc-js";

import { AnalysisService, WatchAnalysisRequestSchema } from "./es/flext/quality/v1/analysis_service_pb";
import { NotificationServiceClient } from "./ts-proto/flext/quality/v1/notification_service";

export async function watch(transport: Transport): Promise<void> {
  const client = createClient(AnalysisService, transport);
  const request = create(WatchAnalysisRequestSchema, { name: "projects/shop/analyses/x" });
  for await (const { kind } of client.watchAnalysis(request)) {
    if (kind.case === "analysisEvent") {
      console.log(kind.value.sequence);
    } else if (kind.case === "heartbeat") {
      console.log(kind.value.analysisProgress?.queuePosition);
    }
  }
}

export function channel(): void {
  const client = new NotificationServiceClient("localhost:50051", credentials.createInsecure());
  client.getNotificationChannel({ name: "projects/shop/notificationChannels/x" }, (error, answer) => {
    console.log(error?.code ?? answer.notificationChannel?.displayName, client.getChannel().getTarget());
  });
}

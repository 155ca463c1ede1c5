import dev.flext.quality.v1.AggregateMetricsRequest;
import dev.flext.quality.v1.AggregateMetricsResponse;
import dev.flext.quality.v1.Issue;
import dev.flext.quality.v1.MetricDescriptor;
import dev.flext.quality.v1.MetricsServiceGrpc;
import dev.flext.quality.v1.NotificationServiceGrpc;
import dev.flext.quality.v1.GetNotificationChannelRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;

/** Uses what is generated, as a client would. */
final class Sample {
    public static void main(String[] arguments) {
        ManagedChannel channel = ManagedChannelBuilder.forTarget("localhost:50051").usePlaintext().build();
        AggregateMetricsResponse answer = MetricsServiceGrpc.newBlockingStub(channel)
                .aggregateMetrics(AggregateMetricsRequest.newBuilder().setMetric("score").build());
        MetricDescriptor metric = answer.getMetricDescriptor();
        Issue issue = Issue.newBuilder().addTags("flaky").build();
        System.out.println(metric.getUnit() + issue.getTagsCount() + answer.getDescriptorForType().getName());
        NotificationServiceGrpc.newBlockingStub(channel)
                .getNotificationChannel(GetNotificationChannelRequest.getDefaultInstance());
    }
}

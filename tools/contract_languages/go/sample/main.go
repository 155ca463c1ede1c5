// Package main uses what is generated, as a client would.
package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	qualityv1 "github.com/flext-sh/flext-quality/clients/go/flext/quality/v1"
)

func main() {
	connection, err := grpc.NewClient("localhost:50051", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	issues := qualityv1.NewIssueServiceClient(connection)
	_, err = issues.ListIssues(context.Background(), &qualityv1.ListIssuesRequest{
		Parent: "projects/shop",
		Filter: &qualityv1.IssueFilter{Branch: proto.String("")},
	})
	if err != nil {
		panic(err)
	}
	analyses := qualityv1.NewAnalysisServiceClient(connection)
	stream, err := analyses.WatchAnalysis(context.Background(), &qualityv1.WatchAnalysisRequest{})
	if err != nil {
		panic(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		panic(err)
	}
	switch kind := answer.GetKind().(type) {
	case *qualityv1.WatchAnalysisResponse_AnalysisEvent:
		println(kind.AnalysisEvent.GetSequence())
	case *qualityv1.WatchAnalysisResponse_Heartbeat:
		println(kind.Heartbeat.GetAnalysisProgress().GetQueuePosition())
	}
}

module trading-platform/lab/toolchain/crds

go 1.26

require (
	github.com/argoproj/argo-cd/v3 v3.5.1
	github.com/argoproj/argo-rollouts v1.9.1
	github.com/aws/karpenter-provider-aws v1.14.1
	github.com/cert-manager/cert-manager v1.21.1
	github.com/elastic/cloud-on-k8s/v3 v3.5.0
	github.com/envoyproxy/gateway v1.9.0
	github.com/kedacore/keda/v2 v2.20.2
	github.com/prometheus-operator/prometheus-operator v0.93.1
	github.com/vmware-tanzu/velero v1.18.1
	istio.io/api v1.30.3
	k8s.io/autoscaler/vertical-pod-autoscaler v1.7.1
	sigs.k8s.io/gateway-api v1.6.1
)

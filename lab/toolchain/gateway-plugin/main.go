// A stand-in for the Gateway API traffic router plugin of Argo Rollouts.
//
// The real one, argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi, cannot be had as a Go module
// here. This program speaks the same RPC with the same controller under the same name, takes the same
// settings from a Rollout, and does what the real one documents for an HTTPRoute that is split by
// weight. It is for the lab, and for nothing else.
//
// What it does not have: routes by header, mirrors, routes of other kinds, experiments.
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
	goPlugin "github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/retry"
)

// Name is the plugin's name in the controller's ConfigMap and in a Rollout.
const Name = "argoproj-labs/gatewayAPI"

// The real plugin marks a route that it is shifting, so that GitOps tools leave it alone.
const (
	inProgressLabel = "rollouts.argoproj.io/gatewayapi-canary"
	inProgressValue = "in-progress"
)

var httpRoutes = schema.GroupVersionResource{
	Group:    "gateway.networking.k8s.io",
	Version:  "v1",
	Resource: "httproutes",
}

// Settings are what a Rollout says under trafficRouting.plugins.
type Settings struct {
	HTTPRoute              string `json:"httpRoute"`
	Namespace              string `json:"namespace"`
	DisableInProgressLabel bool   `json:"disableInProgressLabel"`
}

// Router sets the weights of an HTTPRoute's Services.
type Router struct {
	client dynamic.Interface
}

// InitPlugin connects to the cluster of the kubeconfig in the environment, or of the pod that it runs in.
func (r *Router) InitPlugin() types.RpcError {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return failed(err)
	}
	// The controller waits for each weight: the client's own five requests a second would hold it up.
	config.QPS, config.Burst = 100, 200
	r.client, err = dynamic.NewForConfig(config)
	return failed(err)
}

// SetWeight gives the canary Service its weight and the stable one the rest of 100, in every rule.
func (r *Router) SetWeight(rollout *v1alpha1.Rollout, weight int32, _ []v1alpha1.WeightDestination) types.RpcError {
	settings, err := settingsOf(rollout)
	if err != nil {
		return failed(err)
	}
	canary := rollout.Spec.Strategy.Canary
	routes := r.client.Resource(httpRoutes).Namespace(settings.Namespace)
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		ctx := context.Background()
		route, err := routes.Get(ctx, settings.HTTPRoute, metav1.GetOptions{})
		if err != nil {
			return err
		}
		weights := map[string]int64{
			canary.CanaryService: int64(weight),
			canary.StableService: 100 - int64(weight),
		}
		if err := split(route, weights); err != nil {
			return err
		}
		if !settings.DisableInProgressLabel {
			mark(route, weight != 0)
		}
		_, err = routes.Update(ctx, route, metav1.UpdateOptions{})
		return err
	})
	return failed(err)
}

// VerifyWeight has nothing to verify: a gateway does not say what it has taken over.
func (r *Router) VerifyWeight(*v1alpha1.Rollout, int32, []v1alpha1.WeightDestination) (types.RpcVerified, types.RpcError) {
	return types.NotImplemented, types.RpcError{}
}

// UpdateHash has nothing to do: the Services select their pods themselves.
func (r *Router) UpdateHash(*v1alpha1.Rollout, string, string, []v1alpha1.WeightDestination) types.RpcError {
	return types.RpcError{}
}

// SetHeaderRoute is refused: what is not done must not look as if it were.
func (r *Router) SetHeaderRoute(*v1alpha1.Rollout, *v1alpha1.SetHeaderRoute) types.RpcError {
	return failed(fmt.Errorf("the lab's stand-in for %s has no routes by header", Name))
}

// SetMirrorRoute is refused, as SetHeaderRoute is.
func (r *Router) SetMirrorRoute(*v1alpha1.Rollout, *v1alpha1.SetMirrorRoute) types.RpcError {
	return failed(fmt.Errorf("the lab's stand-in for %s has no mirrors", Name))
}

// RemoveManagedRoutes has nothing to remove: it makes no routes of its own.
func (r *Router) RemoveManagedRoutes(*v1alpha1.Rollout) types.RpcError {
	return types.RpcError{}
}

// Type is what the controller calls the router in its events.
func (r *Router) Type() string {
	return "GatewayAPI"
}

func settingsOf(rollout *v1alpha1.Rollout) (Settings, error) {
	settings := Settings{Namespace: rollout.Namespace}
	canary := rollout.Spec.Strategy.Canary
	if canary == nil || canary.TrafficRouting == nil {
		return settings, fmt.Errorf("rollout %s has no trafficRouting", rollout.Name)
	}
	if err := json.Unmarshal(canary.TrafficRouting.Plugins[Name], &settings); err != nil {
		return settings, fmt.Errorf("rollout %s, plugins.%q: %w", rollout.Name, Name, err)
	}
	if settings.HTTPRoute == "" {
		return settings, fmt.Errorf("rollout %s, plugins.%q: httpRoute is missing", rollout.Name, Name)
	}
	return settings, nil
}

// split sets the weight of each Service wherever the route names it. A Service that it never names is an
// error: its weight would be lost without a word.
func split(route *unstructured.Unstructured, weights map[string]int64) error {
	found := map[string]bool{}
	rules, _, err := unstructured.NestedSlice(route.Object, "spec", "rules")
	if err != nil {
		return err
	}
	for _, rule := range rules {
		backends, _, err := unstructured.NestedSlice(rule.(map[string]any), "backendRefs")
		if err != nil {
			return err
		}
		for _, backend := range backends {
			reference := backend.(map[string]any)
			name, _ := reference["name"].(string)
			if weight, ours := weights[name]; ours {
				reference["weight"] = weight
				found[name] = true
			}
		}
		if backends != nil {
			rule.(map[string]any)["backendRefs"] = backends
		}
	}
	for name := range weights {
		if !found[name] {
			return fmt.Errorf("HTTPRoute %s has no backendRef to Service %q", route.GetName(), name)
		}
	}
	return unstructured.SetNestedSlice(route.Object, rules, "spec", "rules")
}

func mark(route *unstructured.Unstructured, inProgress bool) {
	labels := route.GetLabels()
	if inProgress {
		if labels == nil {
			labels = map[string]string{}
		}
		labels[inProgressLabel] = inProgressValue
	} else {
		delete(labels, inProgressLabel)
	}
	route.SetLabels(labels)
}

func failed(err error) types.RpcError {
	if err == nil {
		return types.RpcError{}
	}
	return types.RpcError{ErrorString: err.Error()}
}

func main() {
	goPlugin.Serve(&goPlugin.ServeConfig{
		HandshakeConfig: goPlugin.HandshakeConfig{
			ProtocolVersion:  1,
			MagicCookieKey:   "ARGO_ROLLOUTS_RPC_PLUGIN",
			MagicCookieValue: "trafficrouter",
		},
		Plugins: map[string]goPlugin.Plugin{
			"RpcTrafficRouterPlugin": &rpc.RpcTrafficRouterPlugin{Impl: &Router{}},
		},
	})
}

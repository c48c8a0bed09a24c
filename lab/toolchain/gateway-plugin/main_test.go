package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// route has two rules: one splits, the other goes elsewhere.
func route() *unstructured.Unstructured {
	split := map[string]any{"backendRefs": []any{
		map[string]any{"name": "api", "port": int64(80), "weight": int64(100)},
		map[string]any{"name": "api-canary", "port": int64(80), "weight": int64(0)},
	}}
	elsewhere := map[string]any{"backendRefs": []any{map[string]any{"name": "dashboard", "weight": int64(7)}}}
	redirect := map[string]any{"filters": []any{map[string]any{"type": "RequestRedirect"}}}
	return &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "api"},
		"spec":     map[string]any{"rules": []any{split, elsewhere, redirect}},
	}}
}

func weights(t *testing.T, route *unstructured.Unstructured) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	rules, _, _ := unstructured.NestedSlice(route.Object, "spec", "rules")
	for _, rule := range rules {
		backends, _, _ := unstructured.NestedSlice(rule.(map[string]any), "backendRefs")
		for _, backend := range backends {
			reference := backend.(map[string]any)
			found[reference["name"].(string)] = reference["weight"].(int64)
		}
	}
	return found
}

func TestWeightsAreSetWhereTheRouteNamesTheServicesAndNowhereElse(t *testing.T) {
	r := route()
	if err := split(r, map[string]int64{"api": 80, "api-canary": 20}); err != nil {
		t.Fatal(err)
	}
	got := weights(t, r)
	if got["api"] != 80 || got["api-canary"] != 20 || got["dashboard"] != 7 {
		t.Fatalf("weights are %v", got)
	}
}

func TestAServiceThatTheRouteDoesNotNameIsAnError(t *testing.T) {
	err := split(route(), map[string]int64{"api": 80, "api-green": 20})
	if err == nil || !strings.Contains(err.Error(), "api-green") {
		t.Fatalf("the error is %v", err)
	}
}

func TestARouteIsMarkedWhileItIsShifted(t *testing.T) {
	r := route()
	mark(r, true)
	if r.GetLabels()[inProgressLabel] != inProgressValue {
		t.Fatalf("labels are %v", r.GetLabels())
	}
	mark(r, false)
	if len(r.GetLabels()) != 0 {
		t.Fatalf("labels are %v", r.GetLabels())
	}
}

func TestSettingsAreThoseOfTheRolloutAndAMissingRouteIsAnError(t *testing.T) {
	rollout := &v1alpha1.Rollout{}
	rollout.Name, rollout.Namespace = "api", "trading"
	if _, err := settingsOf(rollout); err == nil {
		t.Fatal("a rollout without traffic routing was taken")
	}
	plugins := map[string]json.RawMessage{Name: json.RawMessage(`{"httpRoute": "api"}`)}
	rollout.Spec.Strategy.Canary = &v1alpha1.CanaryStrategy{
		TrafficRouting: &v1alpha1.RolloutTrafficRouting{Plugins: plugins},
	}
	settings, err := settingsOf(rollout)
	if err != nil || settings.HTTPRoute != "api" || settings.Namespace != "trading" {
		t.Fatalf("settings are %v, the error %v", settings, err)
	}
	plugins[Name] = json.RawMessage(`{"namespace": "gateway"}`)
	if _, err := settingsOf(rollout); err == nil {
		t.Fatal("a rollout without httpRoute was taken")
	}
}
